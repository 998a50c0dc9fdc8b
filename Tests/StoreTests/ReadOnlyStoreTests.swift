import BotKit
import Foundation
import GRDB
import Store
import Testing

@Suite struct `A store that is only read` {
    @Test func `shows what came of each event, beside who writes`() async throws {
        try await withStore { store, path in
            _ = try await store.journal([message(1), message(2, in: "bob"), message(3)])
            try await store.echoAll()
            _ = try await store.enqueue(
                .send(.text("by hand")), in: "ann", answering: 3, of: bot, lifetime: .seconds(60), now: start)
            _ = try await store.append(
                Changes(key: SyncKey(bytes: [2]), events: [message(4)]), to: bot, now: start + .seconds(10))
            let reader = ReadOnlyStore(path: path)
            #expect(try reader.accounts() == [bot])
            try reader.history(of: bot, since: start, now: start) { history in
                let events = try history.events(after: 0, limit: 2)
                #expect(events.map(\.number) == [1, 2] && events.map(\.sender) == ["ann", "bob"])
                #expect(events.map { $0.departures.map(\.rule) } == [["echo"], ["echo"]])
                #expect(events.allSatisfy { $0.decided == start && $0.isReadable })
                let rest = try history.events(after: 2, limit: 9)
                // What the owner sends is no rule's.
                #expect(rest.map { $0.departures.map(\.text) } == [["hello"], []])
                #expect(rest.last?.decided == nil)
                #expect(try history.events(after: 4, limit: 9).isEmpty)
            }
            for (since, numbers) in [(9, [4]), (10, [4]), (11, [])] as [(Int, [Int64])] {
                let found = try reader.history(of: bot, since: start + .seconds(since), now: start) {
                    try $0.events(after: 0, limit: 9).map(\.number)
                }
                #expect(found == numbers)
            }
        }
    }

    @Test func `has what rules emitted with the event that it is about`() async throws {
        try await withStore { store, path in
            _ = try await store.journal([message(1), message(2)])
            for _ in 0..<4 {
                let waiting = try await store.undecided(of: bot, after: 0, limit: 9)
                _ = try await store.decide(waiting, of: bot, lifetime: .seconds(60), now: start) {
                    pending, _ in
                    switch pending.event.body {
                    case .emitted(let event) where event.depth == 2:
                        Decision(actions: [.perform(.send(.text(event.name)), in: "ann", rule: "r")])
                    case .emitted: Decision(emitted: [EmittedEvent(name: "deep", data: [:], depth: 2)])
                    default:
                        Decision(
                            emitted: pending.number == 1
                                ? ["a", "b"].map { EmittedEvent(name: $0, data: [:], depth: 1) } : [])
                    }
                }
            }
            try ReadOnlyStore(path: path).history(of: bot, since: start, now: start) { history in
                let events = try history.events(after: 0, limit: 9)
                #expect(events.map(\.number) == [1, 2])
                let emitted = try #require(events.first).emitted
                #expect(emitted.keys.sorted() == [0, 1] && events.last?.emitted.isEmpty == true)
                #expect(emitted[1]?.emitted[0]?.departures.map(\.text) == ["deep"])
            }
        }
    }

    @Test func `is refused if another version wrote it`() async throws {
        try await withStore { store, path in
            let reader = ReadOnlyStore(path: path)
            let queue = try DatabaseQueue(path: path)
            try await queue.write { db in
                try db.execute(sql: "INSERT INTO grdb_migrations VALUES ('99 later')")
            }
            #expect(throws: (any Error).self) { try reader.accounts() }
            try await queue.write { db in
                try db.execute(sql: "DELETE FROM grdb_migrations WHERE identifier NOT LIKE '1 %'")
            }
            let error = #expect(throws: (any Error).self) { try reader.accounts() }
            #expect(error.map { "\($0)" }?.contains("earlier version") == true)
            _ = store
        }
    }
}
