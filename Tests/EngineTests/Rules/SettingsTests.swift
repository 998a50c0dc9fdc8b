import BotKit
import Engine
import Foundation
import Store
import Testing

@Suite struct `Settings of a rules file` {
    private func accounts(_ yaml: String, secrets: FixedSecrets = FixedSecrets()) throws -> [AccountSettings]
    {
        try Conversation("version: 1\nrules: []\n" + yaml, secrets: secrets).file.accounts
    }

    @Test func `stand for one account on the embedded server if there are none`() throws {
        let file = try Conversation("version: 1\nrules:").file
        #expect(file.bot == BotSettings(timezone: "UTC", language: "en"))
        #expect(file.accounts == [.only(limits: .embedded)])
        #expect(file.rules.count == 0)
    }

    @Test func `name accounts and servers`() throws {
        let accounts = try accounts(
            """
            accounts:
              - { id: shop, network: microchat, password: secrets.shop-key, server: embedded }
              - id: far
                user: far@example
                password: "12345"
                server:
                  name_service: dns.example
                  long_link: [long.example:8080, "[::1]:80", "::1", 10.0.0.1]
                  short_link: short.example
                  backup: { long_link: 10.0.0.2:443, short_link: [10.0.0.2, "10.0.0.3:81"] }
                  login_key: keys/login.pem
                  login_key_version: 187
                  tls: off
                device: { name: Till, kind: tablet, language: zh_CN, timezone: "8.00" }
            """, secrets: FixedSecrets(values: ["shop-key": "s3cret"]))
        #expect(accounts.map(\.id) == ["shop", "far"])
        #expect(accounts.map(\.user) == ["shop", "far@example"])
        #expect(accounts.map(\.password?.value) == ["s3cret", "12345"])
        #expect(accounts.map(\.limits) == [.embedded, .elsewhere])
        #expect(accounts[1].device.kind == "tablet")
        guard case .external(let server) = accounts[1].server else {
            Issue.record("not external")
            return
        }
        #expect(
            server.longLinks.map(\.description) == ["long.example:8080", "[::1]:80", "[::1]", "10.0.0.1"])
        #expect(server.shortLinks == [HostAddress(host: "short.example")])
        #expect(server.longBackups == [HostAddress(host: "10.0.0.2", port: 443)])
        #expect(server.shortBackups.map(\.description) == ["10.0.0.2", "10.0.0.3:81"])
        #expect(
            server.nameService?.description == "http://dns.example:80/cgi-bin/micromsg-bin/newgetdns")
        #expect(server.loginKeyVersion == 187)
        #expect(server.tls == .off)
    }

    /// An account on a server at `host`.
    private func account(
        host: String = "127.0.0.1", tls: String? = nil, proxy: String? = nil,
        secrets: FixedSecrets = FixedSecrets()
    ) throws -> AccountSettings? {
        let tls = tls.map { ", tls: \"\($0)\"" } ?? ""
        let proxy = proxy.map { ", proxy: \($0)" } ?? ""
        let server =
            "{ long_link: \"\(host):1\", short_link: \"\(host):2\", login_key: k, login_key_version: 1\(tls) }"
        return try accounts("accounts: { id: a, password: p, server: \(server)\(proxy) }", secrets: secrets)
            .first
    }

    @Test(arguments: ["localhost", "127.0.0.1", "127.8.9.1", "[::1]"])
    func `need no word on TLS for a server on this machine`(host: String) throws {
        guard case .external(let server)? = try account(host: host)?.server else {
            Issue.record("not external")
            return
        }
        #expect(server.tls == .off)
    }

    @Test(arguments: [
        ("on", TLSChoice.on), ("off", .off),
        ("pin:" + String(repeating: "0f", count: 32), .pin([UInt8](repeating: 15, count: 32))),
        (
            "pin:" + Array(repeating: "0F", count: 32).joined(separator: ":"),
            .pin([UInt8](repeating: 15, count: 32))
        ),
    ])
    func `say what a server's certificate has to show`(text: String, choice: TLSChoice) throws {
        guard case .external(let server)? = try account(host: "192.0.2.1", tls: text)?.server else {
            Issue.record("not external")
            return
        }
        #expect(server.tls == choice)
    }

    @Test func `name a proxy, and show nothing of its password`() throws {
        let secrets = FixedSecrets(values: ["proxy": "socks5://bob:s3%40cret%3A@[::1]:1080/"])
        let settings = try account(proxy: "secrets.proxy", secrets: secrets)
        let proxy = try #require(settings?.proxy)
        #expect(proxy.kind == .socks5 && proxy.endpoint.description == "[::1]:1080")
        #expect(proxy.user == "bob" && proxy.password?.value == "s3@cret:")
        var dumped = ""
        dump(settings, to: &dumped)
        #expect(!"\(proxy) \(String(reflecting: settings)) \(dumped)".contains("s3@"))
        let plain = try account(tls: "on", proxy: "http://proxy.example:3128")?.proxy
        #expect(plain?.kind == .http && plain?.user == nil && plain?.endpoint.port == 3128)
    }

    @Test(arguments: [
        "socks4://h:1", "http://h", "http://h:0", "http://h:x", "h:1", "http://s3cret@h:1",
        "http://bob:s3cret@h", "http://bob:s3cret@h:1/path", "http://bob:%zz@h:1", "http://:s3cret@h:1",
    ])
    func `refuse what is no proxy without showing it`(url: String) {
        let complaint = complaints(
            about: """
                version: 1
                rules: []
                accounts:
                  - id: a
                    password: p
                    proxy: "\(url)"
                    server: { long_link: "[::1]:1", short_link: "[::1]:2", login_key: k, login_key_version: 1 }
                """)
        #expect(complaint.hasPrefix("rules.yaml:6:12: error: this is no proxy, expected http://host:port or"))
        #expect(!complaint.contains("s3cret") && !complaint.contains("\n"))
    }

    @Test(arguments: [
        ("h:81", "http://h:81/cgi-bin/micromsg-bin/newgetdns"),
        ("\"[::1]\"", "http://[::1]:80/cgi-bin/micromsg-bin/newgetdns"),
        ("http://h", "http://h:80/cgi-bin/micromsg-bin/newgetdns"),
        ("HTTP://127.0.0.1:8081/", "http://127.0.0.1:8081/cgi-bin/micromsg-bin/newgetdns"),
        ("http://h:81/list?a=b", "http://h:81/list?a=b"),
    ])
    func `find everything through a name service alone`(text: String, url: String) throws {
        let accounts = try accounts(
            """
            accounts:
              - id: a
                password: x
                server: { name_service: \(text), login_key: k, login_key_version: 1, tls: off }
            """)
        guard case .external(let server)? = accounts.first?.server else {
            Issue.record("not external")
            return
        }
        #expect(server.nameService?.description == url)
        #expect(server.longLinks.isEmpty && server.shortLinks.isEmpty)
    }

    @Test func `show no secret, however they are shown`() throws {
        let secrets = FixedSecrets(values: ["a": "s3cret"])
        let accounts = try accounts("accounts: { id: a, password: secrets.a }", secrets: secrets)
        var dumped = ""
        dump(accounts, to: &dumped)
        #expect(!"\(accounts) \(String(reflecting: accounts)) \(dumped)".contains("s3cret"))
    }

    @Test(arguments: [
        ("20 per second", 0.05), ("1 per 3s", 3), ("1 per 1.5s", 1.5), ("12 per minute", 5),
        ("90 per hour", 40),
        ("1 per day", 86_400), ("2 per 1h30m", 2700), ("1000000 per second", 0.000_001),
    ])
    func `hold rates`(rate: String, seconds: Double) throws {
        let limits = try accounts("limits: { messages: { per_group: \(rate) } }").map(\.limits)
        #expect(limits.first?[.messages].group?.interval == .seconds(seconds))
    }

    @Test(arguments: [
        "1 per", "per second", "0 per second", "-1 per second", "1.5 per second", "1 per 0s", "1 per 5",
        "1 per 5x",
        "1 per second per chat", "1000001 per second", "1000000 per 0.000001s", "1 per 99999999999999d",
        "1 per 999999999d", "1 per 3660d1d", "1 per 1.2.3s", "1 per .s", "1 per 1.1234567s", "fast",
    ])
    func `refuse what is no rate`(rate: String) {
        let complaint = complaints(
            about: "version: 1\nrules: []\nlimits: { messages: { per_chat: \(rate) } }")
        #expect(complaint.hasPrefix("rules.yaml:3:33: error: '\(rate)' is not a rate"))
    }

    @Test func `have limits for each kind of action`() throws {
        let accounts = try accounts(
            """
            bot: { timezone: Asia/Shanghai }
            limits:
              messages: { per_day: 40, jitter: 25% }
              messages_to_strangers: { per_account: 1 per minute, per_chat: 1 per hour, per_day: 5 }
              friend_accepts: { per_account: 1 per 2m, per_day: none }
              lookups: { per_day: 7, burst: 2 }
              warm_up: { from: 50% }
              when_slowed: { rate: 25%, pause: 5m, recover: 60% per 30m }
            accounts:
              - { id: a }
              - id: b
                password: x
                server: { long_link: "127.0.0.1", short_link: "127.0.0.1", login_key: k, login_key_version: 1 }
                limits: { warm_up: none, friend_requests: { per_day: none, burst: 3 } }
            """)
        let (a, b) = (accounts[0].limits, accounts[1].limits)
        #expect(a[.messages].perDay == 40 && a[.messages].jitter == 0.25)
        #expect(a[.messages].account == Rate(interval: .milliseconds(50), burst: 40))
        #expect(
            a[.messagesToStrangers]
                == KindLimits(
                    account: Rate(interval: .seconds(60), burst: 1),
                    chat: Rate(interval: .seconds(3600), burst: 1), perDay: 5))
        #expect(b[.friendAccepts] == KindLimits(account: Rate(interval: .seconds(120), burst: 1)))
        #expect(b[.lookups] == KindLimits(account: Rate(interval: .seconds(3), burst: 2), perDay: 7))
        #expect(b[.friendRequests] == KindLimits())
        #expect(a.warmUp == WarmUp(from: 0.5, over: .seconds(14 * 86_400)) && b.warmUp == nil)
        #expect(a.whenSlowed == WhenSlowed(rate: 0.25, pause: .seconds(300), recoverPerHour: 1.2))
        #expect(a.timezone == "Asia/Shanghai")
    }

    @Test func `are careful on servers of others`() {
        let limits = SendLimits.elsewhere
        #expect(limits[.messages].perDay == 600 && limits[.messages].jitter == 0.3)
        #expect(limits[.messages].group == Rate(interval: .seconds(5), burst: 1))
        #expect(limits[.friendAccepts].perDay == 30 && limits[.friendRequests].perDay == 10)
        #expect(limits[.friendAccepts].account?.interval == .seconds(60))
        #expect(limits[.lookups].account?.interval == .seconds(3))
        #expect(limits.warmUp == WarmUp(from: 0.2, over: .seconds(14 * 86_400)))
        #expect(SendLimits.embedded.warmUp == nil)
    }

    @Test func `override limits key by key`() throws {
        let accounts = try accounts(
            """
            limits: { messages: { per_chat: 1 per 2s, burst: 9 } }
            accounts:
              - { id: a }
              - { id: b, limits: { messages: { per_chat: 1 per 4s, burst: 2 } } }
            """)
        #expect(accounts[0].limits[.messages].account == Rate(interval: .milliseconds(50), burst: 9))
        #expect(accounts[0].limits[.messages].chat == Rate(interval: .seconds(2), burst: 2))
        #expect(accounts[0].limits[.messages].group == Rate(interval: .milliseconds(200), burst: 2))
        #expect(accounts[1].limits[.messages].account == Rate(interval: .milliseconds(50), burst: 2))
        #expect(accounts[1].limits[.messages].chat == Rate(interval: .seconds(4), burst: 1))
    }
}

@Suite struct `Secrets` {
    /// A data folder with a file of secrets, for the length of `body`.
    private func withSecrets(_ text: String, mode: Int, _ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/secrets.yaml"))
        let attributes: [FileAttributeKey: Any] = [.posixPermissions: mode]
        try FileManager.default.setAttributes(attributes, ofItemAtPath: folder + "/secrets.yaml")
        try body(folder)
    }

    @Test func `come from the environment, else from the data folder`() throws {
        try withSecrets("one: file\nci-token: file\n", mode: 0o600) { folder in
            let environment = ["CONURE_SECRET_CI_TOKEN": "environment"]
            let secrets = try EnvironmentSecrets(dataFolder: folder, environment: environment)
            #expect(secrets.secret("one") == "file")
            #expect(secrets.secret("ci-token") == "environment")
            #expect(secrets.secret("two") == nil)
            #expect(!"\(secrets) \(String(reflecting: secrets))".contains("file"))
        }
        let none = try EnvironmentSecrets(dataFolder: "/nowhere", environment: [:])
        #expect(none.secret("one") == nil)
    }

    @Test func `are refused if others may read them, and never quoted`() throws {
        try withSecrets("one: file", mode: 0o640) { folder in
            let error = #expect(throws: RulesFileError.self) {
                try EnvironmentSecrets(dataFolder: folder, environment: [:])
            }
            #expect(error?.description.contains("error: others than its owner may read this file") == true)
        }
        try withSecrets("one: [s3cret]\ntwo: s3cret: s3cret", mode: 0o600) { folder in
            let error = #expect(throws: RulesFileError.self) {
                try EnvironmentSecrets(dataFolder: folder, environment: [:])
            }
            #expect(error?.description.contains("secrets.yaml:2:12: error:") == true)
            #expect(error?.description.contains("s3cret") == false)
        }
    }
}
