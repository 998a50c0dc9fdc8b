import BotKit
import Store
import Testing

struct LeaseTests {
    @Test func `one row of a chat leaves at a time, in the order decided`() async throws {
        try await withStore { store, _ in
            _ = try await store.journal([
                message(1, in: "ann", "a1"), message(2, in: "bob", "b1"), message(3, in: "ann", "a2"),
            ])
            try await store.echoAll()
            let first = try await store.leave()
            #expect(first.texts.sorted() == ["a1", "b1"])
            #expect(try await store.leave().rows.isEmpty)
            try await store.settle(first.rows, .sent(Receipt(serverID: "1")))
            let second = try await store.leave()
            #expect(second.texts == ["a2"])
            try await store.settle(second.rows, .sent(Receipt(serverID: "2")))
            let last = try await store.leave()
            #expect(last.rows.isEmpty && last.next == nil)
            #expect(try await store.outboxCounts() == ["sent": 3])
        }
    }

    @Test func `a row that waits holds up its chat and no other`() async throws {
        try await withStore { store, _ in
            _ = try await store.journal([message(1, in: "ann", "a1"), message(2, in: "ann", "a2")])
            try await store.echoAll()
            let first = try await store.leave()
            let later = start + .seconds(5)
            try await store.settle(first.rows, .waiting(until: later, reason: "busy"))
            let blocked = try await store.leave()
            #expect(blocked.rows.isEmpty && blocked.next == later)
            let again = try await store.leave(at: later)
            #expect(again.texts == ["a1"])
            #expect(again.rows.map(\.outgoing.clientID) == first.rows.map(\.outgoing.clientID))
            #expect(again.rows.map(\.attempts) == [2])
        }
    }

    @Test func `what was leased when the process died is unknown, and is repeated under its id`() async throws
    {
        try await withStore { store, path in
            _ = try await store.journal([message(1, in: "ann", "a1"), message(2, in: "bob", "b1")])
            try await store.echoAll()
            let before = try await store.lease(of: bot, limits: generous, limit: 1, now: start)
            let next = try Store(path: path)
            try await next.open(bot, now: start)
            #expect(try await next.outboxCounts() == ["unknown": 1, "waiting": 1])
            let after = try await next.leave()
            #expect(after.texts.sorted() == ["a1", "b1"])
            #expect(after.rows.map(\.outgoing).contains(before.rows[0].outgoing))
        }
    }

    @Test func `an answer too late expires, one that may have left fails, and both make way`() async throws {
        try await withStore { store, _ in
            _ = try await store.journal([
                message(1, in: "ann", "a1"), message(2, in: "ann", "a2"), message(3, in: "ann", "a3"),
            ])
            try await store.echoAll(lifetime: .seconds(60))
            let first = try await store.leave()
            try await store.settle(first.rows, .unknown(until: start, reason: "no answer"))
            #expect(try await store.leave(at: start + .seconds(61)).rows.isEmpty)
            #expect(try await store.outboxCounts() == ["failed": 1, "expired": 2])
            let rows = try await store.outbox(in: ["failed"], limit: 10)
            #expect(
                rows.map(\.reason) == [
                    "no answer came to any attempt, so nobody knows whether it was delivered"
                ])
        }
    }

    @Test func `what may have left stays unknown, whatever a later attempt comes to`() async throws {
        try await withStore { store, _ in
            _ = try await store.journal([message(1, in: "ann", "a1")])
            try await store.echoAll(lifetime: .seconds(60))
            try await store.settle(try await store.leave().rows, .unknown(until: start, reason: "no answer"))
            let again = try await store.leave()
            try await store.settle(again.rows, .waiting(until: start, reason: "cannot connect"))
            #expect(try await store.outboxCounts() == ["unknown": 1])
            #expect(try await store.leave(at: start + .seconds(61)).rows.isEmpty)
            #expect(try await store.outboxCounts() == ["failed": 1])
        }
    }

    @Test(arguments: [false, true])
    func `after a refusal for now the id is new, unless the old one may have been delivered`(
        mayHaveLeft: Bool
    ) async throws {
        try await withStore { store, _ in
            _ = try await store.journal([message(1, in: "ann", "a1")])
            try await store.echoAll()
            var rows = try await store.leave().rows
            if mayHaveLeft {
                try await store.settle(rows, .unknown(until: start, reason: "no answer"))
                rows = try await store.leave().rows
            }
            try await store.settle(rows, .refusedForNow(until: start, reason: "too often"))
            let again = try await store.leave(at: start + .seconds(600)).rows
            #expect(again.map(\.outgoing.effect) == rows.map(\.outgoing.effect))
            let isSame = again.map(\.outgoing.clientID) == rows.map(\.outgoing.clientID)
            #expect(isSame == mayHaveLeft)
        }
    }

    @Test func `a refusal is final and lets the next row go`() async throws {
        try await withStore { store, _ in
            _ = try await store.journal([message(1, in: "ann", "a1"), message(2, in: "ann", "a2")])
            try await store.echoAll()
            try await store.settle(try await store.leave().rows, .failed(reason: "blocked"))
            #expect(try await store.leave().texts == ["a2"])
        }
    }
}
