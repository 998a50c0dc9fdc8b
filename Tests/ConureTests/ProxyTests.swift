import BotKit
import MicroChatGateway
import MicroChatServer
import Testing

@Suite(.timeLimit(.minutes(5)))
struct `A proxy` {
    /// A name that nobody but the proxy knows.
    private static let host = "chat.invalid"

    @Test(arguments: TestProxy.Kind.allCases, [false, true])
    func `leads both links to the server, with and without TLS inside`(
        kind: TestProxy.Kind, usesTLS: Bool
    ) async throws {
        let proxy = TestProxy(kind)
        try await withFolder { folder in
            try await withServer(in: folder, tls: TLSSettings(usesTLS ? .required : .off)) { server in
                try await proxy.run { port in
                    var account = try server.account(server.pinned, host: Self.host)
                    account.proxy = Proxy(kind, port: port)
                    try await withGateway(account) { gateway, notices in
                        guard case .online? = await notices.first(where: { _ in true }) else {
                            throw Unexpected()
                        }
                        _ = try await gateway.changes(since: nil)
                    }
                }
                let asked = Set(proxy.askedFor)
                #expect(asked.contains("\(Self.host):\(server.longLink.port)"))
                #expect(asked.contains("\(Self.host):\(server.shortLink.port)"))
            }
        }
    }

    @Test(arguments: [
        (TestProxy.Kind.http, "bob", "s3cret: &", "online"),
        (.socks5, "bob", "s3cret: &", "online"),
        (
            .http, "bob", "wrong",
            "the proxy answered 407 Proxy Authentication Required: it wants a user and a password, or others"
        ),
        (.socks5, "bob", "wrong", "the proxy refused the user and the password"),
        (
            .http, "", "",
            "the proxy answered 407 Proxy Authentication Required: it wants a user and a password, or others"
        ),
        (.socks5, "", "", "the proxy wants a user and a password"),
    ])
    func `may ask who is there`(
        kind: TestProxy.Kind, user: String, password: String, word: String
    ) async throws {
        let credentials = user.isEmpty ? nil : Proxy.Credentials(user: user, password: password)
        let said = try await answer(
            through: TestProxy(kind, credentials: ("bob", "s3cret: &")), as: credentials)
        #expect(said.hasSuffix(word))
        #expect(!said.contains("wrong") && !said.contains("\n"))
    }

    @Test(arguments: [
        (TestProxy.Kind.http, TestProxy.Manner.refusing, "the proxy answered 403 Forbidden"),
        (.socks5, .refusing, "the proxy does not allow this connection"),
        (.http, .strange, "it speaks no HTTP, as a proxy should"),
        (.socks5, .strange, "it speaks no SOCKS 5, as a proxy should"),
        (.http, .silent, "the proxy gave no answer in time"),
        (.socks5, .silent, "the proxy gave no answer in time"),
    ])
    func `that does not help is named`(
        kind: TestProxy.Kind, manner: TestProxy.Manner, word: String
    ) async throws {
        let said = try await answer(through: TestProxy(kind, manner), as: nil)
        #expect(said.hasSuffix(": \(word)"))
        #expect(said.contains("through the proxy 127.0.0.1:"))
    }

    @Test func `that is not there is named`() async throws {
        try await withFolder { folder in
            try await withServer(in: folder) { server in
                var account = try server.account()
                let port = try freePort()
                account.proxy = Proxy(.http, port: port)
                let said = try await firstWord(of: account)
                #expect(
                    said.contains("cannot reach the proxy 127.0.0.1:\(port): connection reset")
                        || said.contains("refused"))
            }
        }
    }

    private struct Unexpected: Error {}

    private func answer(
        through proxy: TestProxy, as credentials: Proxy.Credentials?
    ) async throws -> String {
        var word = ""
        try await withFolder { folder in
            try await withServer(in: folder) { server in
                try await proxy.run { port in
                    var account = try server.account(host: Self.host)
                    account.proxy = Proxy(proxy.kind, port: port, credentials)
                    if proxy.manner == .silent { account.timing.connect = .seconds(2) }
                    word = try await firstWord(of: account)
                }
            }
        }
        return word
    }
}

extension Proxy {
    fileprivate init(_ kind: TestProxy.Kind, port: Int, _ credentials: Credentials? = nil) {
        let endpoint = Endpoint(host: "127.0.0.1", port: port)
        switch kind {
        case .http: self.init(kind: .http, endpoint: endpoint, credentials: credentials)
        case .socks5: self.init(kind: .socks5, endpoint: endpoint, credentials: credentials)
        }
    }
}
