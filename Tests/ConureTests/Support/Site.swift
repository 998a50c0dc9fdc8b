import BotKit
import Foundation
import MicroChatGateway
import MicroChatWire

/// A server and a bot, each a process with a data folder of its own, and the people on the server.
struct Site: Sendable {
    let folder: TestFolder
    let longLinkPort: Int
    let shortLinkPort: Int
    /// The bot's chat, as its friends see it.
    let bot: ChatID
    /// What else the server is told.
    var serverOptions: [String] = []
    /// What the bot's rules say of `tls`, if anything.
    var tls: String?
    /// What is in the bot's environment beside this process's own.
    var botEnvironment: [String: String] = [:]

    var serverData: String { folder / "server" }
    var botData: String { folder / "bot" }
    var rules: String { folder / "rules.yaml" }

    /// Makes the accounts: the bot's, and those of its friends.
    init(in folder: TestFolder, people: [String]) async throws {
        self.folder = folder
        longLinkPort = try freePort()
        shortLinkPort = try freePort()
        let data = folder / "server"
        let added = try await folder.conure("user", "add", "bot", "--json", "--data", data)
        bot = ChatID(try JSONDecoder().decode(PersonLine.self, from: Data(added.output.utf8)).wxid)
        for person in people {
            try await folder.conure("user", "add", person, "--friend", "bot", "--data", data)
        }
    }

    func startServer() async throws -> ConureProcess {
        try await .ready(
            ["server", "--long-link-port", "\(longLinkPort)", "--short-link-port", "\(shortLinkPort)"]
                + serverOptions,
            in: folder, data: serverData)
    }

    func startBot() async throws -> ConureProcess { try await startBot([]) }

    func startBot(_ options: [String]) async throws -> ConureProcess {
        try await .ready(
            ["run", "--rules", rules, "--reconnect-waits", "0.05,0.1,0.2"] + options, in: folder,
            data: botData, environment: botEnvironment)
    }

    /// Writes the bot's rules: it answers everything with what was said. The server must have run once.
    ///
    /// - Parameters:
    ///   - password: another than the account's, to be refused.
    ///   - isPasswordKnown: whether the rules have a password at all.
    ///   - roads: what lies between the bot and the server.
    ///   - other: other rules, and what else a file holds.
    func writeRules(
        password: String? = nil, isPasswordKnown: Bool = true, through roads: Roads? = nil,
        rules other: String? = nil
    ) throws {
        let line = isPasswordKnown ? "password: \(try password ?? self.password(of: "bot"))" : "user: bot"
        let echo = """
            rules:
              - id: echo
                when: { message: { from: anyone } }
                then: { reply: "re: {{ message.text }}" }
            """
        let rules = """
            version: 1
            accounts:
              - id: bot
                \(line)
                server:
                  long_link: 127.0.0.1:\(roads?.long.port ?? longLinkPort)
                  short_link: 127.0.0.1:\(roads?.short.port ?? shortLinkPort)
                  login_key: \(try loginKeyPath)
                  login_key_version: 1\(tls.map { "\n      tls: \($0)" } ?? "")
                limits:
                  messages: { per_account: 1000 per second, per_chat: 1000 per second, burst: 1000 }
            \(other ?? echo)
            """
        try folder.write(rules, to: self.rules)
    }

    /// A person's account, for a client in this process.
    func account(of person: String, through roads: Roads? = nil) throws -> MicroChatAccount {
        var timing = Timing()
        timing.reconnect = [0.05, 0.1, 0.2].map { .seconds($0) }
        var account = MicroChatAccount(
            longLinks: [Endpoint(host: "127.0.0.1", port: roads?.long.port ?? longLinkPort)],
            shortLinks: [Endpoint(host: "127.0.0.1", port: roads?.short.port ?? shortLinkPort)],
            loginKey: try RSAPublicKey(pem: String(contentsOfFile: loginKeyPath, encoding: .utf8)),
            loginKeyVersion: 1, user: person, password: try PasswordDigest(password: password(of: person)),
            timing: timing)
        if let pin = Endpoints(in: serverData)?.tlsPin.flatMap({ CertificatePin(hex: $0) }) {
            account.protection = .tls(.pin(pin))
        }
        return account
    }

    private var loginKeyPath: String {
        get throws {
            guard let path = Endpoints(in: serverData)?.loginKey else {
                throw ConureProcess.Failure(description: "the server has not said where its key is")
            }
            return path
        }
    }

    func password(of person: String) throws -> String {
        try String(contentsOfFile: serverData + "/passwords/" + person, encoding: .utf8)
            .trimmingCharacters(in: .newlines)
    }
}

/// A line of `user list --json`.
struct PersonLine: Decodable, Hashable {
    var name: String
    var wxid: String
    var friends: [String]
    var bot: Bool
}

/// A line of `outbox list --json`.
struct OutboxLine: Decodable {
    var id: Int
    var state: String
    var text: String
}

extension ConureProcess.Ending {
    /// What was printed, an object a line.
    func decoded<Line: Decodable>(as type: Line.Type) throws -> [Line] {
        try lines.map { try JSONDecoder().decode(type, from: Data($0.utf8)) }
    }
}
