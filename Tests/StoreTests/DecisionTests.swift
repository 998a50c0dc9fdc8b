import BotKit
import Store
import Testing

struct DecisionTests {
    @Test func `a decision marks its event and fills the outbox, once`() async throws {
        try await withStore { store, _ in
            let pending = try await store.journal([message(1)])
            let decision = Decision(
                actions: [
                    .perform(.send(.text("one")), in: "ann", rule: "r"),
                    .perform(.send(.text("two")), in: "ann", rule: "r"),
                ],
                trace: [TraceLine(rule: "r", check: "contains", seen: "he\tllo\n", verdict: .yes)],
                picks: ["welcome": 2])
            func decide() async throws -> Int {
                try await store.decide(pending, of: bot, lifetime: .seconds(60), now: start) { _, _ in
                    decision
                }.outgoing
            }
            #expect(try await decide() == 2)
            #expect(try await decide() == 0)
            #expect(try await store.undecided(of: bot, after: 0, limit: 10).isEmpty)
            let next = try await store.journal([message(2)], key: 2)
            _ = try await store.decide(next, of: bot, lifetime: .seconds(60), now: start) {
                pending, state throws in
                #expect(try state.lastPick(of: "welcome", in: "ann") == 2)
                return Decision()
            }
            #expect(try await store.outboxCounts() == ["waiting": 2])
        }
    }

    @Test func `client ids of an account never repeat`() async throws {
        try await withStore { store, _ in
            _ = try await store.journal((1...500).map { message($0, in: ChatID("c\($0)")) })
            try await store.echoAll()
            let lease = try await store.lease(of: bot, limits: generous, limit: 1000, now: start)
            #expect(Set(lease.rows.map(\.outgoing.clientID)).count == 500)
        }
    }
}
