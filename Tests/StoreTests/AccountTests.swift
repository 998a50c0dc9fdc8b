import BotKit
import Store
import Testing

struct AccountMemoryTests {
    @Test func `what a gateway saves is there for the next process, and only for its account`() async throws {
        try await withStore { store, path in
            let memory = store.memory(of: bot)
            #expect(try await memory.load("session") == nil)
            try await memory.save([1, 2, 3], as: "session")
            try await memory.save([4], as: "session")
            try await memory.save([], as: "empty")
            let next = try Store(path: path)
            #expect(try await next.memory(of: bot).load("session") == [4])
            #expect(try await next.memory(of: bot).load("empty") == [])
            #expect(try await next.memory(of: "other").load("session") == nil)
            try await memory.save(nil, as: "session")
            #expect(try await memory.load("session") == nil)
        }
    }
}

struct AccountEventTests {
    @Test func `are kept in order, the newest thousand, with numbers that are not used again`() async throws {
        try await withStore { store, _ in
            try await store.record(.online, "other", of: "other", now: start)
            try await withThrowingDiscardingTaskGroup { group in
                for _ in 1...1003 {
                    group.addTask { try await store.record(.offline, "no route", of: bot, now: start) }
                }
            }
            try await store.record(.paused, "act", of: bot, now: start + .seconds(1))
            try await store.record(.online, "as Bot", of: bot, now: start + .seconds(2))
            let events = try await store.accountEvents(of: bot, limit: 2000)
            #expect(events.map(\.number) == (6...1005).reversed())
            let newest = try await store.accountEvents(of: bot, limit: 2)
            #expect(newest.map(\.kind) == [.online, .paused] && newest.map(\.text) == ["as Bot", "act"])
            #expect(newest.map(\.time) == [start + .seconds(2), start + .seconds(1)])
            #expect(try await store.accountEvents(of: "other", limit: 10).map(\.kind) == [.online])
        }
    }
}
