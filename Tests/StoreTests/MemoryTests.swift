import BotKit
import Store
import Testing

struct MemoryTests {
    @Test func `what one process saved, the next one loads, in place of what was there before`() async throws
    {
        try await withStore { store, path in
            let memory = store.memory(of: bot)
            #expect(try await memory.load("session") == nil)
            try await memory.save([1, 2, 3], as: "session")
            try await memory.save([], as: "addresses")
            try await memory.save([0, 255], as: "session")
            let next = try Store(path: path).memory(of: bot)
            #expect(try await next.load("session") == [0, 255])
            #expect(try await next.load("addresses") == [])
        }
    }

    @Test func `what is forgotten is gone, and other accounts keep theirs`() async throws {
        try await withStore { store, _ in
            try await store.memory(of: bot).save([1], as: "session")
            try await store.memory(of: "other").save([2], as: "session")
            try await store.memory(of: bot).save(nil, as: "session")
            try await store.memory(of: bot).save(nil, as: "never")
            #expect(try await store.memory(of: bot).load("session") == nil)
            #expect(try await store.memory(of: "other").load("session") == [2])
        }
    }
}
