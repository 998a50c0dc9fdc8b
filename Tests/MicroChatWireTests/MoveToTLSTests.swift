import Foundation
import MicroChatWire
import NIOCore
import Testing

@Suite struct `An order to move to TLS` {
    private let session = Session(uin: 7, cookie: .random(), key: .randomPrintable(), wxid: "wxid_a")

    private var pin: CertificatePin {
        get throws { try #require(CertificatePin(bytes: Array(0..<32))) }
    }

    @Test func `says which certificate to expect`() throws {
        let frame = try Frame.moveToTLS(pin, in: session)
        #expect(frame.command.rawValue == 8443 && frame.sequence == 0)
        #expect(try CertificatePin(order: frame.body, in: session) == pin)
    }

    @Test func `is nothing to another session`() throws {
        let body = try pin.order(in: session)
        let other = Session(uin: 7, cookie: session.cookie, key: .randomPrintable(), wxid: "wxid_a")
        #expect(throws: WireError.self) { try CertificatePin(order: body, in: other) }
    }

    @Test func `is refused without a proof, or with one of another session`() throws {
        let other = Session(uin: 7, cookie: session.cookie, key: .randomPrintable(), wxid: "wxid_a")
        guard case .plaintext(let foreign, _) = try other.openResponse(pin.order(in: other)) else {
            Issue.record("not readable")
            return
        }
        var bare = Microchat_MoveToTLS()
        bare.certificateSha256 = .init(try pin.bytes)
        for plaintext in [foreign, try bare.plaintext(), []] {
            let body = try session.sealResponse(CallType(rawValue: 8443), plaintext: plaintext)
            #expect(throws: WireError.self) { try CertificatePin(order: body, in: session) }
        }
    }

    /// CBC lets whoever is on the way change a plaintext that they know; that must not get them their certificate in.
    @Test func `cannot be turned into another`() throws {
        let body = Array(try pin.order(in: session).readableBytesView)
        for index in body.indices {
            for bit in 0..<8 as Range<UInt8> {
                var changed = body
                changed[index] ^= 1 << bit
                let read = try? CertificatePin(order: ByteBuffer(bytes: changed), in: session)
                // Parts of the header are under no code, and say nothing either.
                #expect(try read == nil || read == pin)
            }
        }
    }

    @Test(arguments: [
        String(repeating: "ab", count: 32), String(repeating: "AB", count: 32),
        Array(repeating: "Ab", count: 32).joined(separator: ":"),
    ])
    func `holds a pin, written in any usual way`(text: String) throws {
        let pin = try #require(CertificatePin(hex: text))
        #expect(pin.bytes == [UInt8](repeating: 0xAB, count: 32))
        #expect(pin.description == String(repeating: "ab", count: 32))
    }

    @Test(arguments: ["", "ab", String(repeating: "ag", count: 32), String(repeating: "+a", count: 32)])
    func `holds no other text`(text: String) { #expect(CertificatePin(hex: text) == nil) }
}
