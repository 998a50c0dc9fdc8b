import BotKit
import Engine
import Foundation
import Store
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(5))) struct `Rules that are exchanged` {
    private static func rules(_ version: Int) throws -> RuleSet {
        try RulesFile.parse(
            Array(
                """
                version: 1
                rules:
                  - { id: a, continue: true, when: { message: {} }, then: [ { reply: "\(version)" } ] }
                  - { id: b, when: { message: {} }, cooldown: 1d per chat, then: [ { reply: "\(version)" } ] }
                """.utf8), secrets: NoSecrets()
        ).rules
    }

    @Test func `a thousand times under load lose nothing, and no decision is made by half a set`()
        async throws
    {
        let path = try temporaryStorePath()
        let store = try Store(path: path)
        try await store.open(bot, now: start)
        let live = LiveRules(try Self.rules(0))
        let decider = RuleDecider(account: bot, rules: live)
        let count = 500
        let deciding = Flag()
        let sets = try (1...20).map(Self.rules)
        try await withThrowingTaskGroup { group in
            group.addTask {
                var version = 0
                while version < 1000 || !deciding.isOver.load(ordering: .relaxed) {
                    live.replace(with: sets[version % sets.count])
                    version += 1
                    await Task.yield()
                }
            }
            group.addTask {
                defer { deciding.isOver.store(true, ordering: .relaxed) }
                for number in 0..<count {
                    let event = message(number, in: ChatID("c\(number)"), "hi")
                    let changes = Changes(key: SyncKey(bytes: Array("\(number)".utf8)), events: [event])
                    _ = try await store.append(changes, to: bot, now: start)
                    let pending = try await store.undecided(of: bot, after: 0, limit: 10)
                    _ = try await store.decide(pending, of: bot, lifetime: .seconds(60), now: start) {
                        try decider.decide($0, $1)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await store.undecided(of: bot, after: 0, limit: 10).isEmpty)
        let free = Rate(interval: .microseconds(1), burst: 1_000_000)
        let limits = SendLimits(account: free, chat: free, group: free)
        let first = try await store.lease(of: bot, limits: limits, limit: 10_000, now: start)
        try await store.settle(
            first.rows.map { (row: $0, result: .sent(Receipt(serverID: "1"))) }, of: bot, now: start)
        let second = try await store.lease(of: bot, limits: limits, limit: 10_000, now: start)
        #expect(first.rows.count == count && second.rows.count == count)
        let firsts = Dictionary(
            uniqueKeysWithValues: first.rows.map { ($0.outgoing.chat, $0.outgoing.effect) })
        #expect(second.rows.allSatisfy { firsts[$0.outgoing.chat] == $0.outgoing.effect })
        #expect(Set(firsts.values).count > 1)
        // What the rule has done is remembered under its id, whatever set it was in.
        let event = Changes(key: SyncKey(bytes: [0]), events: [message(-1, in: "c0", "again")])
        _ = try await store.append(event, to: bot, now: start)
        let pending = try await store.undecided(of: bot, after: 0, limit: 10)
        let decided = try await store.decide(pending, of: bot, lifetime: .seconds(60), now: start) {
            try decider.decide($0, $1)
        }
        #expect(decided.outgoing == 1)
    }
}

private final class Flag: Sendable {
    let isOver = Atomic(false)
}
