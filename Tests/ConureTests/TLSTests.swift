import BotKit
import Foundation
import MicroChatGateway
import MicroChatServer
import MicroChatWire
import NIOCore
import NIOPosix
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(5)))
struct `TLS` {
    private static let otherPin = String(repeating: "ab", count: 32)

    @Test(arguments: [TLSSettings.Mode.on, .upgrade, .required])
    func `carries both links to the certificate that is pinned`(mode: TLSSettings.Mode) async throws {
        try await withFolder { folder in
            try await withServer(in: folder, tls: TLSSettings(mode)) { server in
                try #require(server.pinned != .cleartext)
                try await withGateway(try server.account(server.pinned)) { gateway, notices in
                    guard case .online? = await notices.first(where: { _ in true }) else {
                        throw Unexpected()
                    }
                    let changes = try await gateway.changes(since: nil)
                    #expect(changes.key.bytes.count > 0)
                }
            }
        }
    }

    @Test func `shows both values where another certificate is pinned`() async throws {
        try await withFolder { folder in
            try await withServer(in: folder, tls: TLSSettings(.on)) { server in
                let pin = try #require(CertificatePin(hex: Self.otherPin))
                let word = try await firstWord(of: server.account(.tls(.pin(pin))))
                let shown = try #require(server.certificatePin)
                #expect(
                    word == """
                        cannot connect to \(server.longLink): the server's certificate has the SHA-256 \(shown), \
                        and only \(pin) is trusted
                        """)
                #expect(!word.contains("\n"))
            }
        }
    }

    @Test func `keeps the server's certificate across restarts`() async throws {
        try await withFolder { folder in
            let pins = Mutex<Set<CertificatePin?>>([])
            for _ in 1...2 {
                try await withServer(in: folder, tls: TLSSettings(.on)) { server in
                    _ = pins.withLock { $0.insert(server.certificatePin) }
                }
            }
            #expect(pins.withLock { $0.count } == 1 && pins.withLock { $0.contains(nil) } == false)
            let key = ServerFolder(inside: folder.path).certificateKey
            let mode = try FileManager.default.attributesOfItem(atPath: key)[.posixPermissions]
            #expect((mode as? NSNumber)?.intValue == 0o600)
        }
    }

    /// A certificate, and what a client that trusts it says of a server that shows it.
    @Test(arguments: [
        (["127.0.0.1"], -3600, 3600, "online"),
        (["127.0.0.1"], -7200, -3600, "the server's certificate has expired"),
        (["127.0.0.1"], 3600, 7200, "the server's certificate is not valid yet"),
        (["localhost", "127.0.0.2"], -3600, 3600, "the server's certificate is not for 127.0.0.1"),
    ])
    func `believes an authority, but not in everything`(
        hosts: [String], start: Int, end: Int, word: String
    ) async throws {
        try await withFolder { folder in
            let tls = try given(SelfSignedCertificate(for: hosts, from: start, to: end), in: folder)
            try await withServer(in: folder, tls: tls) { server in
                var account = try server.account(.tls(.authority))
                account.authorities = CertificateAuthorities(file: folder / "certificate.pem")
                let prefix = word == "online" ? "" : "cannot connect to \(server.longLink): "
                #expect(try await firstWord(of: account) == prefix + word)
                account.authorities = .system
                #expect(try await firstWord(of: account).contains("no authority that this machine knows"))
                // Whoever has pinned a certificate has looked at it.
                #expect(try await firstWord(of: server.account(server.pinned)) == "online")
            }
        }
    }

    @Test func `is missed where the server does not speak it`() async throws {
        try await withFolder { folder in
            try await withServer(in: folder) { server in
                let word = try await firstWord(of: server.account(.tls(.authority)))
                #expect(
                    word == """
                        cannot connect to \(server.longLink): it hung up during the TLS handshake; perhaps it \
                        speaks no TLS
                        """)
                // An HTTP server answers in its own way.
                var account = try server.account(.tls(.authority))
                account.addresses.longLinks = account.addresses.shortLinks
                #expect(try await firstWord(of: account).hasSuffix(": it speaks no TLS"))
            }
        }
    }

    @Test func `is asked for where the server takes nothing else`() async throws {
        try await withFolder { folder in
            try await withServer(in: folder, tls: TLSSettings(.required)) { server in
                let word = try await firstWord(of: server.account())
                #expect(word.hasSuffix("the server takes nothing but TLS: see `tls` in the rules file"))
            }
        }
    }

    @Test func `is not waited for without end`() async throws {
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        try await withFolder { folder in
            try await withServer(in: folder) { server in
                var account = try server.account(.tls(.authority))
                account.addresses.longLinks = [
                    HostAddress(host: "127.0.0.1", port: listener.localAddress?.port ?? 0)
                ]
                account.timing.connect = .seconds(2)
                let word = try await firstWord(of: account)
                #expect(word.hasSuffix(": the TLS handshake was not done within 2.0 seconds"))
            }
        }
        try await listener.close()
    }

    @Test func `is moved to when the server orders it, which is remembered`() async throws {
        try await withFolder { folder in
            try await withServer(in: folder, tls: TLSSettings(.upgrade)) { server in
                let remembered = Mutex<[CertificatePin]>([])
                var account = try server.account()
                account.remember = { pin in remembered.withLock { $0.append(pin) } }
                try await withGateway(account) { gateway, notices in
                    var words: [GatewayNotice] = []
                    for await notice in notices {
                        words.append(notice)
                        if words.filter(\.isOnline).count == 2 { break }
                    }
                    #expect(words.contains(.offline(reason: "the server has ordered to move to TLS")))
                    #expect(remembered.withLock { $0 } == [try #require(server.certificatePin)])
                    _ = try await gateway.changes(since: nil)
                }
            }
        }
    }

    private struct Unexpected: Error {}

    /// The settings of a server that is given a certificate.
    private func given(_ made: SelfSignedCertificate, in folder: TestFolder) throws -> TLSSettings {
        try folder.write(made.certificatePEM, to: folder / "certificate.pem")
        try folder.write(made.keyPEM, to: folder / "key.pem")
        var tls = TLSSettings(.required)
        tls.files = CertificateFiles(certificate: folder / "certificate.pem", key: folder / "key.pem")
        return tls
    }
}

extension GatewayNotice {
    fileprivate var isOnline: Bool { if case .online = self { true } else { false } }
}
