import Foundation
import MicroChatWire
import NIOCore
import SwiftProtobuf
import Testing

/// Every decoder, fed random and damaged bytes: it may refuse them, and must do nothing worse.
///
/// `CONURE_FUZZ_ITERATIONS` sets how often; the seed is fixed, so a failure comes again.
struct `Decoders survive anything` {
    /// A way to read bytes, and valid bytes to damage.
    struct Target: Sendable, CustomTestStringConvertible {
        var name: String
        /// How much slower than the others it is.
        var slowness = 1
        var read: @Sendable ([UInt8]) throws -> Void
        var samples: [[UInt8]]

        var testDescription: String { name }

        static func message<M: Message>(_: M.Type, samples: [[UInt8]] = []) -> Target {
            Target(name: M.protoMessageName, read: { _ = try M(plaintext: $0) }, samples: samples)
        }
    }

    static let iterations =
        ProcessInfo.processInfo.environment["CONURE_FUZZ_ITERATIONS"].flatMap(Int.init) ?? 20_000

    static let targets: [Target] = [
        Target(
            name: "frame",
            read: { bytes in
                var buffer = ByteBuffer(bytes: bytes)
                let decoder = FrameDecoder()
                while try decoder.decode(buffer: &buffer) != nil {}
            }, samples: packed("frame")),
        Target(
            name: "packet", read: { _ = try Packet(reading: ByteBuffer(bytes: $0)).keyVersion },
            samples: packets),
        Target(
            name: "response",
            read: { bytes in
                let session = Session(uin: 1, cookie: .zero, key: sessionKey, wxid: "")
                _ = try session.openResponse(ByteBuffer(bytes: bytes))
            }, samples: packed("newsync-response")),
        Target(
            name: "varint",
            read: { bytes in
                var buffer = ByteBuffer(bytes: bytes)
                _ = try buffer.readVarint()
            }, samples: packed("varint")),
        Target(
            name: "sync key", read: { _ = try SyncKey(envelope: $0).envelope() }, samples: packed("sync-key")),
        Target(
            name: "report", read: { _ = try Report(body: ByteBuffer(bytes: $0)).body() },
            samples: VectorFile.vectors("sync-key").compactMap(\.report_body?.bytes)),
        Target(
            name: "login request", slowness: 100,
            read: { bytes in
                guard let serverKey else { return }
                _ = try LoginRequest(opening: Packet(reading: ByteBuffer(bytes: bytes)), with: serverKey)
            }, samples: packed("login-request")),
        Target(
            name: "login answer", slowness: 10,
            read: { bytes in
                guard let agreementKey else { return }
                _ = try LoginAnswer(
                    opening: ByteBuffer(bytes: bytes), clientKey: clientKey, agreementKey: agreementKey)
            }, samples: packed("login-response")),
        Target(
            name: "AES", read: { _ = try sessionKey.open($0) },
            samples: VectorFile.vectors("aes").compactMap(\.cipher?.bytes)),
        Target(
            name: "inflate", read: { _ = try Compression.inflate($0, length: 69) },
            samples: [(try? Compression.deflate([UInt8](repeating: 7, count: 69))) ?? []]),
        Target(
            name: "error notice", read: { _ = ErrorNotice(xml: String(decoding: $0, as: UTF8.self)).xml },
            samples: [Array(ErrorNotice(content: "why", url: "http://a.example").xml.utf8)]),
        Target(
            name: "address list", slowness: 4, read: { _ = try AddressList(xml: $0).xml },
            samples: [
                Array(
                    AddressList(domains: [
                        .init(name: "a", timeout: 1, link: .long, addresses: [.init(ip: "::1", port: 1)])
                    ]).xml.utf8)
            ]),
        .message(Microchat_LoginAccountBlock.self, samples: login.compactMap(\.account_block?.bytes)),
        .message(Microchat_LoginDeviceBlock.self, samples: login.compactMap(\.device_block?.bytes)),
        .message(
            Microchat_LoginResponse.self,
            samples: VectorFile.vectors("login-response").compactMap(\.plain?.bytes)),
        .message(
            Microchat_SyncRequest.self,
            samples: VectorFile.vectors("newsync-request").compactMap(\.plain?.bytes)),
        .message(
            Microchat_SyncResponse.self,
            samples: VectorFile.vectors("newsync-response").compactMap(\.plain?.bytes)),
        .message(
            Microchat_ChatMessage.self,
            samples: VectorFile.vectors("newsync-response").compactMap(\.message?.bytes)),
        .message(
            Microchat_VerifyUserRequest.self,
            samples: VectorFile.vectors("protobuf").compactMap(\.plain?.bytes)),
        .message(Microchat_InitRequest.self),
        .message(Microchat_InitResponse.self),
        .message(Microchat_SendMessageRequest.self),
        .message(Microchat_SendMessageResponse.self),
        .message(Microchat_Contact.self),
        .message(Microchat_ContactRemoval.self),
        .message(Microchat_SelfProfile.self),
        .message(Microchat_SyncKeyEnvelope.self),
        .message(Microchat_GetContactResponse.self),
        .message(Microchat_OperationRequest.self),
    ]

    private static let login = VectorFile.vectors("login-request")
    private static let serverKey = try? RSAPrivateKey(pem: VectorFile.shared.rsa_private_key_pem)
    private static let agreementKey = try? AgreementKey()
    private static let sessionKey = key(VectorFile.vectors("newsync-response").first?.session_key)
    private static let clientKey = key(VectorFile.vectors("login-response").first?.client_key)

    private static func key(_ hex: Vector.Hex?) -> SymmetricKey {
        (try? SymmetricKey(bytes: hex?.bytes ?? [])) ?? .random()
    }
    private static func packed(_ group: String) -> [[UInt8]] {
        VectorFile.vectors(group).compactMap(\.packed?.bytes)
    }
    private static let packets = ["packet", "login-request", "login-response", "newsync-request"].flatMap(
        packed)

    @Test(arguments: targets)
    func `and report it as an error at worst`(target: Target) {
        var random = SplitMix(state: 0xC0_17_0E)
        var accepted = 0
        for round in 0..<(Self.iterations / target.slowness) {
            let sample = target.samples.randomElement(using: &random)
            let input =
                round.isMultiple(of: 4) || sample == nil ? noise(&random) : damage(sample ?? [], &random)
            do {
                try target.read(input)
                accepted += 1
            } catch {
                #expect(error is WireError, "\(target.name) threw \(error)")
                if !(error is WireError) { return }
            }
        }
        #expect(accepted <= Self.iterations)
    }

    private func noise(_ random: inout SplitMix) -> [UInt8] {
        let length = Int.random(in: 0...(Bool.random(using: &random) ? 24 : 400), using: &random)
        return (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
    }

    private func damage(_ sample: [UInt8], _ random: inout SplitMix) -> [UInt8] {
        var bytes = sample
        for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
            let position = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 1: bytes[position] = [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &random) ?? 0
            case 2: bytes.remove(at: position)
            case 3: bytes.insert(UInt8.random(in: 0...255, using: &random), at: position)
            case 4: bytes.removeLast(bytes.count - position)
            default: bytes += bytes.prefix(position)
            }
        }
        return bytes
    }
}

/// A generator with a seed.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
