import Foundation
import Testing

/// A server and a bot in processes of their own, each with its data folder, on ports that stay.
final class TwoProcesses {
    let folder: TestFolder
    private(set) var server: ConureProcess
    private(set) var bot: ConureProcess
    let people: [Person]
    private let ports: (long: Int, short: Int)

    var longLinkPort: Int { ports.long }
    var shortLinkPort: Int { ports.short }

    init(people count: Int) async throws {
        folder = try TestFolder()
        server = try ConureProcess(Self.serve((0, 0)), in: folder)
        try await folder.ready(server, data: "server-data")
        let said = try folder.json("server-data/endpoints.json")
        func port(_ name: String) throws -> Int {
            try #require((said[name] as? String)?.split(separator: ":").last.flatMap { Int($0) })
        }
        ports = (try port("long_link"), try port("short_link"))
        try folder.write("a long secret\n", to: "password")
        let key = try #require(said["login_key"] as? String)
        let added = try conure(
            "user", "add", "bot", "--password-file", "password", "--json", "--data", "server-data", in: folder
        )
        let bot = try #require(
            try JSONSerialization.jsonObject(with: Data(added.output.utf8)) as? [String: Any], "\(added)")
        let wxid = try #require(bot["wxid"] as? String)
        people = try (0..<count).map { [folder, ports] number in
            try conure(
                "user", "add", "person\(number)", "--friend", "bot", "--password-file", "password", "--data",
                "server-data", in: folder)
            return try Person(
                "person\(number)", password: "a long secret", bot: wxid, longLink: ports.long,
                shortLink: ports.short, keyPath: key)
        }
        try folder.write(
            """
            version: 1
            accounts:
              - id: bot
                user: bot
                password: secrets.bot_password
                server:
                  long_link: 127.0.0.1:\(ports.long)
                  short_link: 127.0.0.1:\(ports.short)
                  login_key: \(key)
                  login_key_version: 1
                limits: { messages: { per_account: 10000 per second, per_chat: 10000 per second, burst: 1000 } }
            rules:
              - id: echo
                when: { message: { contains: message } }
                then: [ { reply: "re: {{ message.text }}" } ]
            """, to: "rules.yaml")
        try FileManager.default.createDirectory(
            at: folder.url.appending(path: "bot-data"), withIntermediateDirectories: true)
        try Self.keep("bot_password: a long secret\n", in: folder)
        self.bot = try ConureProcess(Self.run, in: folder)
        try await folder.ready(self.bot, data: "bot-data")
    }

    /// Writes the bot's secrets, for its owner alone.
    static func keep(_ secrets: String, in folder: TestFolder) throws {
        try folder.write(secrets, to: "bot-data/secrets.yaml")
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o600], ofItemAtPath: folder.path("bot-data/secrets.yaml"))
    }

    private static let run = ["run", "--data", "bot-data", "--reconnect-waits", "0.05,0.1,0.2"]

    private static func serve(_ ports: (long: Int, short: Int)) -> [String] {
        [
            "server", "--data", "server-data", "--long-link-port", "\(ports.long)", "--short-link-port",
            "\(ports.short)",
        ]
    }

    func killBot() async throws {
        bot.kill()
        bot = try ConureProcess(Self.run, in: folder)
        try await folder.ready(bot, data: "bot-data")
    }

    func killServer() async throws {
        server.kill()
        server = try ConureProcess(Self.serve(ports), in: folder)
        try await folder.ready(server, data: "server-data")
    }

    /// Returns once the bot has nothing left to decide or to send.
    func settled() async throws {
        while true {
            let status = try conure("status", "--json", "--data", "bot-data", in: folder).output
            let report = try #require(
                try JSONSerialization.jsonObject(with: Data(status.utf8)) as? [String: Any], "\(status)")
            let outbox = report["outbox"] as? [String: Int] ?? [:]
            let open = ["waiting", "leased", "unknown"].compactMap { outbox[$0] }.reduce(0, +)
            let accounts = report["accounts"] as? [[String: Any]] ?? []
            let undecided = accounts.compactMap { $0["undecided"] as? Int }.reduce(0, +)
            if open + undecided == 0 {
                #expect(outbox["failed"] == nil && outbox["expired"] == nil)
                return
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}
