import ArgumentParser
import BotKit
import Foundation
import Store

/// What is going on.
struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show what is going on.")

    @OptionGroup var data: DataOption
    @OptionGroup var json: JSONOption

    func run() async throws {
        let folder = data.folder
        let store = try folder.existingStore()
        let running = Endpoints.current(in: folder)
        let report = Report(
            accounts: try await store.accounts().asyncMap { account in
                AccountLine(
                    account, events: try await store.accountEvents(of: account.id, limit: 20),
                    isRunning: running != nil)
            },
            outbox: try await store.outboxCounts(), rules: running?.rules, version: Conure.version,
            pid: running?.pid)
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
}

extension Array {
    fileprivate func asyncMap<Value>(_ transform: (Element) async throws -> Value) async rethrows -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await transform(element)) }
        return values
    }
}

private struct Report: Encodable {
    var accounts: [AccountLine]
    var outbox: [String: Int]
    var rules: Int?
    var version: String
    var pid: Int32?

    /// The same for people.
    var text: String {
        var lines = [pid.map { "running as process \($0), \(rules ?? 0) rules" } ?? "not running"]
        for account in accounts {
            let name = account.name.isEmpty ? "" : " as \(account.name) (\(account.person))"
            let reason = account.reason.isEmpty ? "" : ": \(account.reason)"
            lines.append("\(account.id): \(account.state)\(name)\(reason), \(account.undecided) to decide")
        }
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
    /// What happened to the account, newest first.
    var events: [EventLine]

    init(_ account: AccountOverview, events: [AccountEvent], isRunning: Bool) {
        (id, person, name) = (account.id.rawValue, account.person, account.name)
        state = isRunning ? account.link.rawValue : "stopped"
        reason = isRunning ? account.reason : ""
        since = Date(account.since)
        undecided = account.undecided
        self.events = events.map(EventLine.init)
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
