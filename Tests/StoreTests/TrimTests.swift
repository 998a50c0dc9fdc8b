import BotKit
import Store
import Testing

@Suite struct `What has ended long ago` {
    private func trim(_ store: Store, _ retention: Retention, at now: Timestamp) async throws {
        var number: Int64? = 0
        while let after = number {
            number = try await store.trimOutbox(of: bot, after: after, retention, now: now)
        }
    }

    private func send(_ store: Store, _ numbers: ClosedRange<Int>, at now: Timestamp = start) async throws {
        _ = try await store.journal(numbers.map { message($0, in: ChatID("c\($0)"), "x") })
        try await store.echoAll(lifetime: .seconds(200 * 86_400))
        while case let rows = try await store.leave().rows, !rows.isEmpty {
            try await store.settle(rows, .sent(Receipt()), at: now)
        }
    }

    @Test func `goes by age, and what waits stays`() async throws {
        try await withStore { store, _ in
            _ = try await store.enqueue(
                .send(.text("old")), in: "ann", of: bot, lifetime: .seconds(400 * 86_400), now: start)
            let held = try await store.leave()
            try await store.settle(held.rows, .waiting(until: start + .seconds(300 * 86_400), reason: ""))
            try await send(store, 1...700)
            let young = start + .seconds(50 * 86_400)
            try await send(store, 701...710, at: young)
            try await trim(store, Retention(), at: start + .seconds(89 * 86_400))
            #expect(try await store.outboxCounts() == ["waiting": 1, "sent": 710])
            try await trim(store, Retention(), at: start + .seconds(91 * 86_400))
            #expect(try await store.outboxCounts() == ["waiting": 1, "sent": 10])
        }
    }

    @Test func `goes by number`() async throws {
        try await withStore { store, _ in
            try await send(store, 1...30)
            var retention = Retention()
            retention.settledCount = 10
            try await trim(store, retention, at: start)
            let left = try await store.outbox(in: [], limit: 99).map(\.number)
            #expect(left.sorted() == Array(21...30))
        }
    }

    @Test func `goes from what is told of runs that newer ones have pushed out of their ring`() async throws {
        try await withStore { store, _ in
            let pending = try await store.journal((1...8).map { message($0, in: "ann", "\($0)") })
            _ = try await store.decide(pending, of: bot, lifetime: .seconds(60), now: start) { pending, _ in
                let other = pending.number % 2 == 0 ? "b" : "c"
                return Decision(
                    trace: ["a", other].flatMap { rule in
                        [
                            TraceLine(rule: rule, check: "contains", seen: "x", verdict: .yes),
                            TraceLine(rule: rule, check: "then", seen: rule, verdict: .yes),
                        ]
                    })
            }
            var retention = Retention()
            retention.traces = ["a": 3, "b": 1]
            for _ in 1...2 { #expect(try await store.trimRings(of: bot, retention) == false) }
            func told(_ number: Int) async throws -> [String] {
                let trace = try await store.recordedEvent("\(number)", of: bot)?.trace ?? []
                return trace.map { $0.rule + " " + $0.check }
            }
            #expect(try await told(5) == ["a then", "c contains", "c then"])
            #expect(try await told(6) == ["a contains", "a then", "b then"])
            #expect(try await told(8) == ["a contains", "a then", "b contains", "b then"])
        }
    }

    @Test func `goes from starts of rules and from traces of misses`() async throws {
        try await withStore { store, _ in
            let pending = try await store.journal((1...4).map { message($0, in: "ann", "\($0)") })
            _ = try await store.decide(pending, of: bot, lifetime: .seconds(60), now: start) { pending, _ in
                let miss = TraceLine(rule: "a", check: "contains", seen: "x", verdict: .no)
                let hit = TraceLine(rule: "b", check: "contains", seen: "x", verdict: .yes)
                switch pending.number {
                case 1: return Decision(trace: [miss])
                case 2: return Decision(trace: [miss, hit])
                case 3:
                    return Decision(
                        actions: [.perform(.send(.text("x")), in: "ann", rule: "b")], trace: [miss])
                default: return Decision(changes: [.started(rule: "b", sender: "ann")], trace: [miss])
                }
            }
            let week = start + .seconds(8 * 86_400)
            #expect(
                try await store.trimTraces(of: bot, Retention(), now: start + .seconds(6 * 86_400)) == false)
            #expect(try await store.recordedEvent("1", of: bot)?.trace.count == 1)
            _ = try await store.trimTraces(of: bot, Retention(), now: week)
            var counts: [Int] = []
            for number in 1...4 {
                counts.append(try await store.recordedEvent("\(number)", of: bot)?.trace.count ?? -1)
            }
            #expect(counts == [0, 2, 1, 0])
            func starts() async throws -> Int {
                try await store.look(at: bot, now: week) {
                    try $0.starts(of: "b", in: .account, since: Timestamp(seconds: 0), limit: 9).count
                }
            }
            _ = try await store.trimRuns(of: bot, Retention(), now: week)
            #expect(try await starts() == 1)
            _ = try await store.trimRuns(of: bot, Retention(), now: start + .seconds(91 * 86_400))
            #expect(try await starts() == 0)
        }
    }
}
