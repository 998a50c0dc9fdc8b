import BotKit
import Store
import Testing

@Suite struct `Priorities` {
    private func put(
        _ text: String, in chat: ChatID, _ priority: Priority, of store: Store, at now: Timestamp = start
    ) async throws {
        _ = try await store.enqueue(
            .send(.text(text)), in: chat, of: bot, lifetime: .seconds(86_400), priority: priority, now: now)
    }

    /// Texts in the order in which they leave when one at a time may.
    private func order(of store: Store, _ count: Int) async throws -> [String] {
        var texts: [String] = []
        var turn = Turn()
        for _ in 0..<count {
            let lease = try await store.lease(of: bot, limits: generous, limit: 1, turn: turn, now: start)
            turn = lease.turn
            texts += lease.texts
            try await store.settle(lease.rows, .sent(Receipt()))
        }
        return texts
    }

    @Test func `share by eight, four and one while all wait`() async throws {
        try await withStore { store, _ in
            for number in 0..<30 {
                try await put("low", in: ChatID("l\(number)"), .low, of: store)
                try await put("normal", in: ChatID("n\(number)"), .normal, of: store)
                try await put("high", in: ChatID("h\(number)"), .high, of: store)
            }
            let first = try await order(of: store, 26)
            #expect(first.first == "high")
            #expect(first.count { $0 == "high" } == 16)
            #expect(first.count { $0 == "normal" } == 8)
            #expect(first.count { $0 == "low" } == 2)
            // What the others do not take, the low ones do.
            let rest = try await order(of: store, 64)
            #expect(rest.count { $0 == "low" } == 28)
            #expect(try await store.outboxCounts() == ["sent": 90])
        }
    }

    @Test func `keep a chat's order, and make what is before an urgent row as urgent`() async throws {
        try await withStore { store, _ in
            try await put("bob 1", in: "bob", .normal, of: store)
            try await put("ann 1", in: "ann", .normal, of: store)
            try await put("ann 2", in: "ann", .low, of: store)
            try await put("ann 3", in: "ann", .high, of: store)
            try await put("ann 4", in: "ann", .low, of: store)
            #expect(
                try await order(of: store, 9) == ["ann 1", "bob 1", "ann 2", "ann 3", "ann 4"])
        }
    }

    @Test func `go by who waits longest within one`() async throws {
        try await withStore { store, _ in
            for number in [3, 1, 2] {
                let now = start + .seconds(Int64(number) - 10)
                try await put("\(number)", in: ChatID("c\(number)"), .normal, of: store, at: now)
            }
            #expect(try await order(of: store, 3) == ["1", "2", "3"])
        }
    }

    @Test func `let a row for later leave at its time, and nobody wait for it meanwhile`() async throws {
        try await withStore { store, path in
            let pending = try await store.journal([message(1, in: "ann", "x")])
            let later = start + .seconds(3600)
            _ = try await store.decide(pending, of: bot, lifetime: .seconds(60), now: start) { _, _ in
                let say = { (text: String, terms: SendTerms) in
                    Action.perform(.send(.text(text)), in: "ann", rule: "r", terms: terms)
                }
                return Decision(actions: [
                    say("later", SendTerms(notBefore: later)), say("now 1", SendTerms()),
                    say("now 2", SendTerms()),
                ])
            }
            #expect(try await order(of: store, 3) == ["now 1", "now 2"])
            let waiting = try await store.leave()
            #expect(waiting.rows.isEmpty && waiting.next == later)
            let next = try Store(path: path)
            try await next.open(bot, now: start)
            #expect(try await next.leave(at: later + .microseconds(-1)).rows.isEmpty)
            // Its lifetime begins when it may leave.
            #expect(try await next.leave(at: later + .seconds(59)).texts == ["later"])
        }
    }

    @Test func `put a row whose time has come before what was decided after it`() async throws {
        try await withStore { store, _ in
            let pending = try await store.journal([message(1, in: "ann", "x")])
            let later = start + .seconds(10)
            _ = try await store.decide(pending, of: bot, lifetime: .seconds(60), now: start) { _, _ in
                Decision(
                    actions: (0...3).map { number in
                        .perform(
                            .send(.text("\(number)")), in: "ann", rule: "r",
                            terms: SendTerms(notBefore: number == 1 ? later : nil))
                    })
            }
            var texts = try await store.leave().texts
            let first = try await store.outbox(in: ["leased"], limit: 1)
            #expect(first.map(\.text) == ["0"])
            // It comes while another of the chat is on its way.
            #expect(try await store.leave(at: later).rows.isEmpty)
            let row = LeasedRow(
                outgoing: Outgoing(
                    number: first[0].number, clientID: first[0].message.clientID, chat: "ann",
                    effect: .send(.text("0"))), attempts: 1, mayHaveLeft: false, kind: .messagesToStrangers)
            try await store.settle([row], .sent(Receipt()), at: later)
            for _ in 0..<3 {
                let lease = try await store.leave(at: later)
                texts += lease.texts
                try await store.settle(lease.rows, .sent(Receipt()), at: later)
            }
            #expect(texts == ["0", "1", "2", "3"])
        }
    }
}
