import BotKit
import Engine
import Foundation
import GRDB
import Store
import Testing

/// A bot with a store of its own, whose rules decide what a test lets happen, and may then be asked about it once more.
final class Past {
    let path: String
    let store: Store
    private var rules: RuleSet
    private var key: UInt32 = 0
    /// 2026-11-23 10:00:00 UTC, a Monday.
    static let start = Timestamp(seconds: 1_795_428_000)

    init(_ rules: String) async throws {
        path = try temporaryStorePath()
        store = try Store(path: path)
        self.rules = try Self.parse(rules)
        try await store.open(bot, now: Self.start)
        try await learn([])
    }

    static func parse(_ rules: String) throws -> RuleSet {
        try RulesFile.parse(Array(("version: 1\n" + rules).utf8), secrets: FixedSecrets()).rules
    }

    /// From now on these rules decide.
    func change(_ rules: String) throws { self.rules = try Self.parse(rules) }

    func learn(_ contacts: [Contact]) async throws {
        try await arrive([], contacts: contacts, at: Self.start)
    }

    private func arrive(_ events: [Event], contacts: [Contact] = [], at now: Timestamp) async throws {
        key += 1
        let changes = Changes(
            key: SyncKey(bytes: Array("\(key)".utf8)), events: events, contacts: contacts)
        _ = try await store.append(changes, to: bot, now: now)
    }

    /// Something comes in, so many seconds after the start, and is decided then, and what follows from it.
    func happen(_ event: Event, at seconds: Int64, isDecided: Bool = true) async throws {
        var event = event
        let now = Self.start + .seconds(seconds)
        event.time = now
        try await arrive([event], at: now)
        if isDecided { try await decide(at: seconds) }
    }

    func say(_ id: Int, _ text: String, in chat: ChatID = "ann", at seconds: Int64) async throws {
        try await happen(message(id, in: chat, text), at: seconds)
    }

    func decide(at seconds: Int64) async throws {
        while true {
            let waiting = try await store.undecided(of: bot, after: 0, limit: 100)
            if waiting.isEmpty { return }
            let decider = RuleDecider(account: bot, rules: LiveRules(rules))
            _ = try await store.decide(
                waiting, of: bot, lifetime: .seconds(3600), now: Self.start + .seconds(seconds)
            ) { pending, state in try decider.decide(pending, state) }
        }
    }

    /// Time goes by, and what was waited for happens.
    func pass(to seconds: Int64) async throws {
        _ = try await store.fireTimers(of: bot, limit: 100, now: Self.start + .seconds(seconds))
        try await decide(at: seconds)
    }

    /// Writes into the store what nobody else would.
    func damage(_ sql: String) async throws {
        try await DatabaseQueue(path: path).write { try $0.execute(sql: sql) }
    }

    /// What other rules, or the same, make of it.
    func replay(_ rules: String? = nil, since seconds: Int64 = 0, listing limit: Int = 50) throws
        -> ReplayReport
    {
        let rules = try rules.map(Self.parse) ?? self.rules
        return try ReadOnlyStore(path: path).history(
            of: bot, since: Self.start + .seconds(seconds), now: Self.start + .seconds(1_000_000)
        ) { try Replay.report(rules, through: $0, listing: limit) }
    }
}

extension ReplayReport {
    /// The differences, one a line.
    var lines: [String] {
        listed.flatMap { found in
            found.differences.map { difference in
                "\(difference.kind.rawValue) \(difference.rule): \(difference.before?.text ?? "-") > \(difference.after?.text ?? "-")"
            }
        }
    }

    var reasons: [String] { listed.flatMap { $0.differences.map(\.reason) } }
}

/// Returns once nobody has the store open.
func waitUntilClosed(_ path: String) async throws {
    while FileManager.default.fileExists(atPath: path + "-wal") {
        try Task.checkCancellation()
        await Task.yield()
    }
}
