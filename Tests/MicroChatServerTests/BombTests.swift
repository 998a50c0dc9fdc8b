import Foundation
import MicroChatServer
import MicroChatWire
import NIOCore
import SwiftProtobuf
import Testing

@Suite(.timeLimit(.minutes(5)))
struct `What is too much` {
    @Test func `for a link that has not said who it is: silence, talk without a login, a large frame`()
        async throws
    {
        try await withFolder { folder in
            try await withServer(
                in: folder,
                configure: {
                    $0.limits.firstFrame = .milliseconds(500)
                    // Long enough for a login on a busy machine.
                    $0.limits.logIn = .seconds(5)
                }
            ) { server in
                let people = try await People(server)
                let alice = try await TestClient.loggedIn(server, as: "alice")
                let silent = try await TestClient(server)
                let half = try await TestClient(server)
                try await half.link.write(ByteBuffer(bytes: [0, 0, 0, 16, 0, 16, 0]))
                let talking = try await TestClient(server)
                try await talking.send(.heartbeat)
                #expect(try await talking.next(Command.heartbeat.answer) != nil)
                let large = try await TestClient(server)
                let frame = Frame(
                    command: .manualAuth, sequence: 1, body: ByteBuffer(repeating: 7, count: 100 << 10))
                try? await large.send(frame)
                for client in [silent, half, talking, large] { #expect(try await client.next(.quit) == nil) }
                // Whoever has logged in may rest, and may send what is large.
                let text = String(repeating: "x", count: 100 << 10)
                #expect(try await alice.sendTexts([text], to: people.bob.wxid).first?.code == 0)
            }
        }
    }

    @Test func `for a short link: a body that never ends`() async throws {
        try await withPeople { server, _ in
            let socket = try await TestSocket(server.shortLink)
            try await socket.write(
                ByteBuffer(
                    string:
                        "POST \(ShortLink.path(of: .newSync)) HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n"))
            #expect(try await socket.answer()?.status == 400)
            let chunked = try await TestSocket(server.shortLink)
            try await chunked.write(
                ByteBuffer(
                    string:
                        "POST \(ShortLink.path(of: .newSync)) HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")
            )
            let chunk = ByteBuffer(string: "10000\r\n" + String(repeating: "x", count: 0x10000) + "\r\n")
            for _ in 1...17 { try await chunked.write(chunk) }
            try await chunked.write(ByteBuffer(string: "0\r\n\r\n"))
            #expect(try await chunked.answer()?.status == 400)
        }
    }

    /// A plaintext, what it is compressed or not, and where it is sent.
    struct Bomb: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var plaintext: [UInt8]
        var isCompressed = false

        static let all = [
            Bomb(
                testDescription: "16 MiB of nothing, compressed",
                plaintext: [UInt8](repeating: 0, count: 16 << 20), isCompressed: true),
            Bomb(
                testDescription: "8 million empty messages, compressed",
                plaintext: repeated([0x12, 0], 8 << 20), isCompressed: true),
            Bomb(testDescription: "half a million empty messages", plaintext: repeated([0x12, 0], 500_000)),
            Bomb(testDescription: "groups within groups", plaintext: repeated([0xA3, 0x06], 400_000)),
            Bomb(testDescription: "groups within fewer groups", plaintext: repeated([0xA3, 0x06], 15_000)),
            Bomb(
                testDescription: "a length beyond everything",
                plaintext: [0x12, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F]),
        ]

        private static func repeated(_ bytes: [UInt8], _ count: Int) -> [UInt8] {
            // By doubling: element by element takes a debug build seconds.
            var all = bytes
            while all.count < bytes.count * count { all += all }
            all.removeLast(all.count - bytes.count * count)
            return all
        }
    }

    @Test(arguments: Bomb.all)
    func `to unpack is refused, and the session goes on`(bomb: Bomb) async throws {
        try await withPeople { server, _ in
            let alice = try await TestClient.loggedIn(server, as: "alice")
            let session = try #require(alice.session)
            let packed = bomb.isCompressed ? try Compression.deflate(bomb.plaintext) : bomb.plaintext
            for call in [Call.newSendMessage, .newSync, .getContact] {
                let packet = try Packet(
                    isCompressed: bomb.isCompressed, cipher: .aes, versionOrStatus: 1, uin: session.uin,
                    cookie: session.cookie, type: call.type, rawLength: UInt32(bomb.plaintext.count),
                    packedLength: UInt32(packed.count), body: session.key.seal(packed))
                let command = try #require(call.command)
                try await alice.send(Frame(command: command, sequence: 1, body: try packet.bytes()))
                let answer = try #require(try await alice.next(command.answer))
                #expect(try Packet(reading: answer.body).status == .badArgument)
            }
            _ = try await alice.newSync()
        }
    }

    @Test func `to unpack in a login ends the link`() async throws {
        try await withPeople { server, _ in
            let (request, _) = try TestClient.loginRequest("alice", password: "secret")
            let key = try RSAPublicKey(pem: server.loginKeyPEM)
            let account = try Microchat_LoginAccountBlock.with {
                $0.clientKey = Microchat_BytesBox(request.clientKey.bytes)
                $0.userName = "alice"
            }.plaintext()
            let sealed = try key.seal(Compression.deflate(account))
            let bomb = [UInt8](repeating: 0, count: 16 << 20)
            let device = try request.clientKey.seal(Compression.deflate(bomb))
            var body = ByteBuffer()
            body.writeMultipleIntegers(UInt32(account.count), UInt32(bomb.count), UInt32(sealed.count))
            body.writeBytes(sealed + device)
            let packet = Packet(
                hasMarker: false, cipher: .rsaLogin, versionOrStatus: 1, uin: 0, cookie: .zero,
                type: Call.manualAuth.type, rawLength: 0, packedLength: 0, body: Array(body.readableBytesView)
            )
            let client = try await TestClient(server)
            try await client.send(Frame(command: .manualAuth, sequence: 1, body: try packet.bytes()))
            #expect(try await client.next(Command.manualAuth.answer) == nil)
            _ = try await TestClient.loggedIn(server, as: "alice")
        }
    }
}
