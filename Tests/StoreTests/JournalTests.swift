import BotKit
import Store
import Testing

struct JournalTests {
    @Test func `a page and its key are stored together, and a second delivery adds nothing`() async throws {
        try await withStore { store, _ in
            let changes = Changes(
                key: SyncKey(bytes: [7]), events: [message(1), message(2), message(1)],
                contacts: [Contact(id: "ann", kind: .private, name: "Ann", isFriend: true)])
            #expect(try await store.append(changes, to: bot, now: start) == 2)
            #expect(try await store.append(changes, to: bot, now: start) == 0)
            #expect(try await store.syncKey(of: bot) == SyncKey(bytes: [7]))

            let pending = try await store.undecided(of: bot, after: 0, limit: 10)
            #expect(pending.map(\.event) == [message(1), message(2)])
            #expect(pending.map(\.number) == [1, 2])
            #expect(pending.first?.sender?.name == "Ann")
        }
    }

    @Test func `what one process stored, the next one finds`() async throws {
        try await withStore { store, path in
            _ = try await store.journal([message(1), message(2)], key: 9)
            let next = try Store(path: path)
            try await next.open(bot, now: start)
            #expect(try await next.syncKey(of: bot) == SyncKey(bytes: [9]))
            #expect(try await next.undecided(of: bot, after: 0, limit: 10).count == 2)
        }
    }

    @Test func `accounts do not see each other`() async throws {
        try await withStore { store, _ in
            try await store.open("other", now: start)
            _ = try await store.journal([message(1)])
            let changes = Changes(key: SyncKey(bytes: []), events: [message(1)])
            #expect(try await store.append(changes, to: "other", now: start) == 1)
            #expect(try await store.undecided(of: "other", after: 0, limit: 10).map(\.number) == [1])
        }
    }

    @Test func `an unknown kind of content comes back as it was`() async throws {
        try await withStore { store, _ in
            var event = message(1)
            event.body = .message(
                Message(sender: "ann", content: .unsupported(kind: "47", raw: "<emoji/>"), isOwn: true))
            let pending = try await store.journal([event])
            #expect(pending.map(\.event) == [event])
        }
    }
}
