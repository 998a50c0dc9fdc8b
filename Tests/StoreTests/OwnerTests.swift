import BotKit
import Store
import Testing

@Suite struct `What the owner does with the outbox` {
    private func failed(_ store: Store, _ texts: [String], _ result: Settlement = .failed(reason: "blocked"))
        async throws
    {
        _ = try await store.journal(texts.enumerated().map { message($0, in: "ann", $1) })
        try await store.echoAll()
        for _ in texts { try await store.settle(try await store.leave().rows, result) }
    }

    private func change(
        _ store: Store, _ filter: OutboxFilter, _ change: OutboxChange, mayDouble: Bool = false,
        at now: Timestamp = start
    ) async throws -> OutboxChanged {
        try await store.change(filter, change, mayDouble: mayDouble, now: now)
    }

    @Test func `tries a dead letter again under a new id, in its old place`() async throws {
        try await withStore { store, _ in
            try await failed(store, ["a", "b"])
            let old = try await store.outbox(in: ["failed"], limit: 9).map(\.message.clientID)
            _ = try await store.enqueue(
                .send(.text("c")), in: "ann", of: bot, lifetime: .seconds(9), now: start)
            let changed = try await change(store, OutboxFilter(states: ["failed"]), .retry)
            #expect(changed.count == 2 && changed.refused == 0)
            var texts: [String] = []
            for _ in 0..<3 {
                let lease = try await store.leave()
                texts += lease.texts
                #expect(lease.rows.allSatisfy { !old.contains($0.outgoing.clientID) && !$0.mayHaveLeft })
                try await store.settle(lease.rows, .sent(Receipt()))
            }
            #expect(texts == ["a", "b", "c"])
        }
    }

    @Test func `repeats what may have been delivered under its id, and doubles it only on demand`()
        async throws
    {
        try await withStore { store, _ in
            _ = try await store.journal([message(1, in: "ann", "a")])
            try await store.echoAll(lifetime: .seconds(60))
            let rows = try await store.leave().rows
            try await store.settle(rows, .unknown(until: start, reason: "no answer"))
            let expired = start + .seconds(61)
            #expect(try await store.leave(at: expired).rows.isEmpty)
            let dead = try await store.outbox(in: ["failed"], limit: 1)
            #expect(dead.map(\.isDoubtful) == [true])
            let number = OutboxFilter(number: dead[0].number)
            #expect(try await change(store, number, .retry, at: expired).count == 1)
            let again = try await store.leave(at: expired).rows
            #expect(again.map(\.outgoing.clientID) == rows.map(\.outgoing.clientID))
            #expect(again.map(\.mayHaveLeft) == [true])
            try await store.settle(again, .unknown(until: expired, reason: "no answer"), at: expired)
            let forgotten = start + .seconds(24 * 3600)
            #expect(try await store.leave(at: forgotten).rows.isEmpty)
            let refused = try await change(store, number, .retry, at: forgotten)
            #expect(refused.count == 0 && refused.refusals.map(\.number) == [dead[0].number])
            #expect(try await change(store, number, .retry, mayDouble: true, at: forgotten).count == 1)
            let doubled = try await store.leave(at: forgotten).rows
            #expect(doubled.count == 1 && doubled.map(\.outgoing) != rows.map(\.outgoing))
        }
    }

    @Test func `cancels what waits, and lets the next of the chat go`() async throws {
        try await withStore { store, _ in
            _ = try await store.journal((1...3).map { message($0, in: "ann", "\($0)") })
            try await store.echoAll()
            let leased = try await store.leave().rows
            let filter = OutboxFilter(chat: "ann", kinds: ["text"])
            let changed = try await change(store, filter, .cancel)
            #expect(changed.count == 2 && changed.refusals.map(\.reason) == ["it is on its way"])
            try await store.settle(leased, .sent(Receipt()))
            #expect(try await store.leave().rows.isEmpty)
            _ = try await store.journal((4...5).map { message($0, in: "ann", "\($0)") })
            try await store.echoAll()
            #expect(try await change(store, OutboxFilter(number: 4), .cancel).count == 1)
            #expect(try await store.leave().texts == ["5"])
            #expect(try await store.outboxCounts() == ["sent": 1, "cancelled": 3, "leased": 1])
        }
    }

    @Test func `gives a text other words`() async throws {
        try await withStore { store, _ in
            try await failed(store, ["a"])
            #expect(try await change(store, OutboxFilter(number: 1), .edit(text: "better")).count == 1)
            let lease = try await store.leave()
            #expect(lease.texts == ["better"])
            try await store.settle(lease.rows, .sent(Receipt()))
            let refused = try await change(store, OutboxFilter(number: 1), .edit(text: "late"))
            #expect(refused.refusals.map(\.reason) == ["it was sent"])
            _ = try await store.enqueue(.leaveRoom, in: "r", of: bot, lifetime: .seconds(9), now: start)
            let other = try await change(store, OutboxFilter(number: 2), .edit(text: "x"))
            #expect(other.refusals.map(\.reason) == ["it is no text"])
        }
    }

    @Test func `forgets what has ended, by rule and age, and nothing else`() async throws {
        try await withStore { store, _ in
            try await failed(store, ["a", "b"])
            _ = try await store.enqueue(
                .send(.text("c")), in: "bob", of: bot, lifetime: .seconds(9), now: start)
            let others = OutboxFilter(rule: "other", before: start + .seconds(9))
            #expect(try await change(store, others, .drop).count == 0)
            let young = OutboxFilter(rule: "echo", before: start)
            #expect(try await change(store, young, .drop).count == 0)
            let all = OutboxFilter(before: start + .seconds(9))
            let changed = try await change(store, all, .drop)
            #expect(changed.count == 2)
            #expect(changed.refusals.map(\.reason) == ["it has not ended: cancel it first"])
            #expect(try await store.outboxCounts() == ["waiting": 1])
            #expect(try await store.attempts(of: 1, bot) == [])
        }
    }

    @Test func `sees the last twenty attempts`() async throws {
        try await withStore { store, _ in
            _ = try await store.journal([message(1, in: "ann", "a")])
            try await store.echoAll()
            for number in 1...24 {
                let reason = "try \(number)"
                try await store.settle(try await store.leave().rows, .waiting(until: start, reason: reason))
            }
            try await store.settle(try await store.leave().rows, .sent(Receipt()))
            let attempts = try await store.attempts(of: 1, bot)
            #expect(attempts.map(\.number) == Array(6...25))
            #expect(attempts.first?.reason == "try 6" && attempts.first?.outcome == "no effect")
            #expect(attempts.last?.outcome == "sent")
        }
    }

    @Test(arguments: [true, false])
    func `need not decide what the network shows as sent`(isOnItsWay: Bool) async throws {
        try await withStore { store, _ in
            _ = try await store.journal([message(1, in: "ann", "a1"), message(2, in: "ann", "a2")])
            try await store.echoAll()
            let rows = try await store.leave().rows
            if !isOnItsWay { try await store.settle(rows, .unknown(until: start, reason: "no answer")) }
            let seen = SentMessage(clientID: rows[0].outgoing.clientID, serverID: "77")
            var stranger = seen
            stranger.clientID.seconds += 1
            let page = Changes(key: SyncKey(bytes: [7]), confirmed: [stranger, seen])
            _ = try await store.append(page, to: bot, now: start)
            #expect(try await store.leave().texts == ["a2"])
            // The answer that comes after all changes nothing.
            try await store.settle(rows, .failed(reason: "too late"))
            let row = try await store.outboxRow(1, of: bot)
            #expect(row?.state == "sent" && row?.message.serverID == "77")
        }
    }
}
