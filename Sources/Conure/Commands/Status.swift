import ArgumentParser
import BotKit
import Foundation
import MicroChatGateway
import MicroChatServer
import Store
import Workers

/// What is going on.
struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show what is going on.")

    @OptionGroup var data: DataOption
    @OptionGroup var json: JSONOption

    func run() async throws {
        let folder = data.folder
        let store = try folder.existingStore()
        let running = Endpoints.current(in: folder)
        var accounts: [AccountLine] = []
        for account in try await store.accounts() {
            accounts.append(
                AccountLine(
                    account, events: try await store.accountEvents(of: account.id, limit: 20),
                    paces: try await store.paces(of: account.id, now: SystemClock().now),
                    isRunning: running != nil, behind: try await folder.backlog(of: account, store)))
        }
        let report = Report(
            accounts: accounts,
            broadcasts: try await store.broadcasts(limit: 100).filter { !$0.state.hasEnded }.map(
                BroadcastLine.init),
            bots: running == nil ? [] : BotReport(in: folder)?.bots ?? [],
            outbox: try await store.outboxCounts(), rules: running?.rules,
            rulesProblem: running?.rulesProblem, version: Conure.version, pid: running?.pid)
        print(json.isOn ? try JSONLine.text(report) : report.text)
    }
}

extension DataFolder {
    /// The store of a folder that a bot has run on.
    func existingStore() throws -> Store {
        guard FileManager.default.fileExists(atPath: store) else {
            throw Failure("no bot has run on the data folder \(path) yet: start one with `conure up`")
        }
        return try Store(path: store)
    }

    /// How much of what the embedded server has for an account is not in the store; nil if the account is on another
    /// server: those tell only the next page. The device is taken for what a bot's usually is; one that calls itself
    /// another kind may see its own last messages counted until its next sync.
    fileprivate func backlog(of account: AccountOverview, _ store: Store) async throws -> Backlog? {
        guard FileManager.default.fileExists(atPath: server.database) else { return nil }
        let key = try await store.syncKey(of: account.id)
        return try await accounts().backlog(
            of: account.person, after: SyncPosition(key).wireKey, deviceType: DeviceProfile().kind)
    }
}

private struct Report: Encodable {
    var accounts: [AccountLine]
    /// Those that have not ended.
    var broadcasts: [BroadcastLine]
    var bots: [BotStatus]
    var outbox: [String: Int]
    var rules: Int?
    /// Why changed rules are not in force.
    var rulesProblem: String?
    var version: String
    var pid: Int32?

    enum CodingKeys: String, CodingKey {
        case accounts, broadcasts, bots, outbox, rules, version, pid
        case rulesProblem = "rules_problem"
    }

    /// The same for people.
    var text: String {
        var lines = [
            pid.map { "running as process \($0), \(rules ?? 0) rule\(rules == 1 ? "" : "s")" }
                ?? "not running"
        ]
        for account in accounts {
            let name = account.name.isEmpty ? "" : " as \(account.name) (\(account.person))"
            let reason = account.reason.isEmpty ? "" : ": \(account.reason)"
            let fetch = account.behind.map { ", \($0.text) to fetch" } ?? ""
            lines.append(
                "\(account.id): \(account.state)\(name)\(reason)\(fetch), \(account.undecided) to decide")
            lines += account.actions.compactMap(\.text).map { "  " + $0 }
        }
        lines += broadcasts.map { "broadcast \($0.text)" }
        for bot in bots {
            lines.append("bot \(bot.text)")
            // The whole story is in `conure bot list`.
            lines += bot.warnings.map { "  " + ($0.split(separator: "\n").first.map(String.init) ?? "") }
        }
        if let rulesProblem { lines.append("rules stay as they were: \(rulesProblem)") }
        let counts = outbox.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
        lines.append("outbox: \(counts.isEmpty ? "empty" : counts.joined(separator: ", "))")
        return lines.joined(separator: "\n")
    }
}

private struct AccountLine: Encodable {
    var id: String
    var person: String
    var name: String
    var state: String
    var reason: String
    var since: Date
    var undecided: Int
    /// What the server has and the store has not, by kind; not there if nobody can know.
    var behind: Behind?

    struct Behind: Encodable {
        var profile: Int
        var contacts: Int
        var messages: Int

        var text: String {
            let kinds = [(messages, "message", "messages"), (contacts, "contact", "contacts")]
                .filter { $0.0 > 0 }
                .map { "\($0.0) \($0.0 == 1 ? $0.1 : $0.2)" }
            return kinds.isEmpty ? "nothing" : kinds.joined(separator: " and ")
        }
    }

    /// What happened to the account, newest first.
    var events: [EventLine]
    /// How each kind of action is doing.
    var actions: [PaceLine]

    init(
        _ account: AccountOverview, events: [AccountEvent], paces: [PaceOverview], isRunning: Bool,
        behind: Backlog?
    ) {
        (id, person, name) = (account.id.rawValue, account.person, account.name)
        state = isRunning ? account.link.rawValue : "stopped"
        reason = isRunning ? account.reason : ""
        since = Date(account.since)
        undecided = account.undecided
        self.behind = behind.map {
            Behind(profile: $0.profile, contacts: $0.contacts, messages: $0.messages)
        }
        self.events = events.map(EventLine.init)
        actions = paces.map(PaceLine.init)
    }
}

private struct EventLine: Encodable {
    var number: Int64
    var time: Date
    var kind: String
    var text: String

    init(_ event: AccountEvent) {
        (number, time) = (event.number, Date(event.time))
        (kind, text) = (event.kind.rawValue, event.text)
    }
}

extension Date {
    init(_ time: Timestamp) { self.init(timeIntervalSince1970: Double(time.microseconds) / 1e6) }
}
