import MicroChatWire
import NIOCore
import Testing

struct `Packets` {
    @Test(arguments: VectorFile.vectors("packet"))
    func `are read and written as the vectors say`(vector: Vector) throws {
        let bytes = try #require(vector.packed).bytes
        let packet = try Packet(reading: ByteBuffer(bytes: bytes))
        #expect(packet.hasMarker == vector.marker)
        #expect(packet.isCompressed == vector.compressed)
        #expect(packet.cipher.rawValue == vector.cipher?.number)
        #expect(packet.versionOrStatus == vector.version_or_status)
        #expect(packet.uin == vector.uin)
        #expect(packet.cookie.bytes == vector.cookie?.bytes)
        #expect(packet.type.rawValue == vector.cgi)
        #expect(packet.rawLength == vector.raw_len)
        #expect(packet.packedLength == vector.packed_len)
        #expect(packet.keyVersion == vector.rsa_version)
        #expect(packet.body == vector.body?.bytes)
        #expect(Array(try packet.bytes().readableBytesView) == bytes)
    }

    @Test(arguments: VectorFile.vectors("packet-invalid"))
    func `that break a rule are refused`(vector: Vector) throws {
        let bytes = ByteBuffer(bytes: try #require(vector.packed).bytes)
        #expect(throws: WireError.self) { try Packet(reading: bytes) }
    }

    @Test(arguments: VectorFile.vectors("varint"))
    func `hold varints as the vectors say`(vector: Vector) throws {
        var buffer = ByteBuffer()
        buffer.writeVarint(try #require(vector.value))
        #expect(Array(buffer.readableBytesView) == vector.packed?.bytes)
        #expect(try buffer.readVarint() == vector.value)
        #expect(buffer.readableBytes == 0)
    }

    @Test(arguments: VectorFile.vectors("varint-invalid"))
    func `refuse varints that are too long, too large or cut`(vector: Vector) throws {
        var buffer = ByteBuffer(bytes: try #require(vector.packed).bytes)
        #expect(throws: WireError.varint) { try buffer.readVarint() }
    }

    @Test func `of a refusal are the vector's 32 bytes`() throws {
        let vector = try #require(VectorFile.vectors("packet").first { $0.what.hasPrefix("refusal") })
        let bytes = try Packet.refusal(.sessionGone, type: Call.newSync.type)
        #expect(Array(bytes.readableBytesView) == vector.packed?.bytes)
    }

    @Test func `of a response are never shorter than 32 bytes`() throws {
        let session = Session(uin: 1, cookie: .empty, key: .random(), wxid: "")
        let bytes = try session.sealResponse(CallType(rawValue: 1), plaintext: [])
        #expect(bytes.readableBytes >= 32)
        #expect(try Packet(reading: bytes).openBody(with: session.key) == [])
    }

    @Test(arguments: [0, 1, 15, 16, 255, 256, 5_000, 300_000])
    func `carry a session's request and response both ways`(length: Int) throws {
        let session = Session(uin: 100_001, cookie: .random(), key: .random(), wxid: "wxid_a")
        let plaintext = (0..<length).map { UInt8(truncatingIfNeeded: $0 / 7) }
        let request = try session.sealRequest(Call.newSync.type, clientVersion: 5, plaintext: plaintext)
        #expect(try session.openRequest(Packet(reading: request)) == plaintext)
        let response = try session.sealResponse(Call.newSync.type, plaintext: plaintext)
        #expect(try Packet(reading: response).isCompressed == (length >= 256))
        #expect(try session.openResponse(response) == .plaintext(plaintext, newCookie: session.cookie))
    }

    @Test func `of a kicked session say so in the header before anything is decrypted`() throws {
        let session = Session(uin: 1, cookie: .random(), key: .random(), wxid: "")
        let bytes = try session.sealResponse(
            Call.newSync.type, status: .loggedInElsewhere, plaintext: [1, 2, 3])
        #expect(try session.openResponse(bytes) == .refused(.loggedInElsewhere))
    }

    @Test func `refuse a header above 63 bytes`() throws {
        let packet = Packet(
            cipher: .aes, versionOrStatus: 0, uin: 0, cookie: .zero, type: CallType(rawValue: 1),
            rawLength: 0,
            packedLength: 0, tail: [UInt8](repeating: 0, count: 40), body: [])
        #expect(throws: WireError.packet(.headerTooLong)) { try packet.bytes() }
    }
}
