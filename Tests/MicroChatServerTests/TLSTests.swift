import Foundation
import MicroChatServer
import MicroChatWire
import NIOCore
import Testing

@Suite(.timeLimit(.minutes(5)))
struct `A port that speaks TLS` {
    /// The beginning of a handshake that never goes on.
    private static let half = ByteBuffer(bytes: [22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3])

    private func withTLS(
        _ mode: TLSSettings.Mode, limit: Duration = .seconds(10),
        _ body: (MicroChatServer) async throws -> Void
    ) async throws {
        try await withFolder { folder in
            try await withServer(in: folder) { configuration in
                configuration.tls.mode = mode
                configuration.tls.handshakeLimit = limit
            } _: { server in
                _ = try await People(server)
                try await body(server)
            }
        }
    }

    @Test func `cuts off half a handshake, and nobody else`() async throws {
        try await withTLS(.on, limit: .milliseconds(100)) { server in
            let idle = try await TestClient(server)
            for address in [server.longLink, server.shortLink] {
                let slow = try await TestSocket(address)
                try await slow.write(Self.half)
                #expect(try await slow.read { _ in nil as Int? } == nil)
            }
            // That took longer than a handshake may.
            try await idle.send(.heartbeat)
            #expect(try await idle.next(Command.heartbeat.answer) != nil)
        }
    }

    @Test func `that takes nothing else waits for a handshake no longer than that`() async throws {
        try await withTLS(.required, limit: .milliseconds(100)) { server in
            for address in [server.longLink, server.shortLink] {
                let mute = try await TestSocket(address)
                #expect(try await mute.read { _ in nil as Int? } == nil)
            }
        }
    }

    @Test(arguments: [[UInt8]([0, 0, 0, 16]), Array("POST / HTTP/1.1\r\n\r\n".utf8), [255]])
    func `that takes nothing else says so by an alert`(bytes: [UInt8]) async throws {
        try await withTLS(.required) { server in
            for address in [server.longLink, server.shortLink] {
                let client = try await TestSocket(address)
                try await client.write(ByteBuffer(bytes: bytes))
                let alert = try await client.read { $0.readBytes(length: 7) }
                #expect(alert == [21, 3, 3, 0, 2, 2, 10])
                #expect(try await client.read { _ in nil as Int? } == nil)
            }
        }
    }

    @Test func `orders a client to move, which may go on as it is`() async throws {
        try await withTLS(.upgrade) { server in
            let client = try await TestClient.loggedIn(server, as: "alice")
            let order = try #require(try await client.next(.moveToTLS))
            let session = try #require(client.session)
            #expect(try CertificatePin(order: order.body, in: session) == server.certificatePin)
            #expect(order.sequence == SequenceNumbers.serverInitiated)
            _ = try await client.newSync()
            let short = try await TestSocket(server.shortLink)
            #expect(try await short.post("/", ByteBuffer())?.status == 404)
        }
    }

    @Test(arguments: [TLSSettings.Mode.off, .upgrade])
    func `must be wanted without TLS where others can read along`(mode: TLSSettings.Mode) async throws {
        try await withFolder { folder in
            var configuration = ServerConfiguration(
                longLink: .init(host: "0.0.0.0", port: 0), shortLink: .init(host: "0.0.0.0", port: 0),
                folder: folder)
            configuration.tls.mode = mode
            let error = await #expect(throws: ServerError.self) {
                try await MicroChatServer.bind(configuration)
            }
            #expect(error == .cleartext(host: "0.0.0.0"))
            #expect(error?.description.contains("--allow-cleartext") == true)
        }
    }

    @Test(arguments: [(false, true), (true, false)])
    func `takes clients without it from elsewhere only if that is wanted`(
        isWanted: Bool, isRefused: Bool
    ) async throws {
        try await withFolder { folder in
            try await withServer(in: folder) { configuration in
                configuration.longLink.host = "0.0.0.0"
                configuration.tls.mode = .on
                configuration.tls.allowsCleartext = isWanted
            } _: { server in
                let client = try await TestSocket(.init(host: "127.0.0.1", port: server.longLink.port))
                var heartbeat = ByteBuffer()
                try FrameEncoder().encode(data: .heartbeat, out: &heartbeat)
                try await client.write(heartbeat)
                let first: UInt8? = try await client.read { $0.readInteger() }
                #expect((first == 21) == isRefused)
            }
        }
    }

    @Test func `needs a certificate and its key`() async throws {
        let own = try SelfSignedCertificate(for: ["localhost"])
        let other = try SelfSignedCertificate(for: ["localhost"])
        #expect("\(own)" == "redacted")
        let cases: [(certificate: String?, key: String?, file: String, reason: String)] = [
            (nil, own.keyPEM, "certificate", "there is no such file"),
            (own.certificatePEM, nil, "key", "there is no such file"),
            ("nonsense", own.keyPEM, "certificate", "it is not a certificate in PEM"),
            (own.certificatePEM, "nonsense", "key", "it is not a private key in PEM"),
            (own.certificatePEM, other.keyPEM, "key", "it is not the private key of "),
        ]
        for (certificate, key, file, reason) in cases {
            try await withFolder { folder in
                try FileManager.default.createDirectory(
                    atPath: folder.path, withIntermediateDirectories: true)
                let files = CertificateFiles(
                    certificate: folder.path + "/certificate", key: folder.path + "/key")
                try certificate?.write(toFile: files.certificate, atomically: false, encoding: .utf8)
                try key?.write(toFile: files.key, atomically: false, encoding: .utf8)
                var configuration = ServerConfiguration(folder: folder)
                configuration.tls.mode = .on
                configuration.tls.files = files
                let error = await #expect(throws: ServerError.self) {
                    try await MicroChatServer.bind(configuration)
                }
                #expect(error?.description.contains("cannot use \(folder.path)/\(file): \(reason)") == true)
            }
        }
    }

    @Test func `is not given another certificate behind its owner's back`() async throws {
        try await withFolder { folder in
            try await withServer(in: folder) {
                $0.tls.mode = .on
            } _: { _ in
            }
            try FileManager.default.removeItem(atPath: folder.certificateKey)
            var configuration = ServerConfiguration(folder: folder)
            configuration.tls.mode = .on
            let error = await #expect(throws: ServerError.self) {
                try await MicroChatServer.bind(configuration)
            }
            #expect(error?.description.contains("it is missing") == true)
        }
    }
}
