import BotKit
import Engine
import Store
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(5)))
struct FlowTests {
    @Test func `what happened before and after the start is answered once, in order per chat`() async throws {
        let network = FakeNetwork()
        let path = try temporaryStorePath()
        network.happen((1...7).map { message($0, in: ChatID("c\($0 % 2)"), "\($0)") })
        try await withEngine(store: path, network: network) { store in
            await network.until { $0.performed.count == 7 && $0.acknowledged == 7 }
            network.happen([message(8, in: "c0", "8"), message(3, in: "c1", "3")])
            await network.until { $0.performed.count == 8 && $0.acknowledged == 9 }
        }
        let performed = network.state.withLock { $0.performed }
        let texts = { (chat: ChatID) in performed.filter { $0.chat == chat }.map(\.effect) }
        #expect(texts("c1") == ["re: 1", "re: 3", "re: 5", "re: 7"].map { .send(.text($0)) })
        #expect(texts("c0") == ["re: 2", "re: 4", "re: 6", "re: 8"].map { .send(.text($0)) })
    }

    @Test func `an attempt without an answer is repeated under the same id before the chat goes on`()
        async throws
    {
        let network = FakeNetwork()
        let clock = ManualClock(start)
        network.state.withLock {
            $0.outcomes = [.unknown(reason: "no answer"), .sessionLost(reason: "gone")]
        }
        network.happen([message(1, in: "ann", "1"), message(2, in: "ann", "2")])
        try await withEngine(store: temporaryStorePath(), network: network, clock: clock) { store in
            for attempt in 1...4 {
                await network.until { $0.performed.count >= attempt }
                // The row's back-off is at most this; moving the clock further than it can hurts nothing.
                while try await store.outboxCounts()["leased"] != nil { await Task.yield() }
                clock.advance(by: .seconds(5))
            }
        }
        let performed = network.state.withLock { $0.performed }
        #expect(Set(performed.prefix(3)).count == 1)
        #expect(performed.map(\.effect) == ["re: 1", "re: 1", "re: 1", "re: 2"].map { .send(.text($0)) })
    }

    @Test func `a page is asked for again until it is journaled, and acknowledged only then`() async throws {
        let network = FakeNetwork()
        network.happen((1...5).map { message($0, in: "ann", "\($0)") })
        let path = try temporaryStorePath()
        let store = try Store(path: path)
        try await store.open(bot, now: start)
        // A process that died between storing a page and acknowledging it.
        let page = try await network.changes(since: nil)
        #expect(try await store.append(page, to: bot, now: start) == 3)
        #expect(network.state.withLock { $0.acknowledged } == 0)
        try await withEngine(store: path, network: network) { _ in
            await network.until { $0.performed.count == 5 && $0.acknowledged == 5 }
        }
        #expect(try await store.outboxCounts() == ["sent": 5])
    }

    @Test func `while too much waits to leave nothing more is fetched, and then all of it is`() async throws {
        let network = FakeNetwork()
        let clock = ManualClock(start)
        network.state.withLock { $0.outcomes = [.retry(reason: "busy", after: .seconds(600))] }
        network.happen((1...6).map { message($0, in: "ann", "\($0)") })
        try await withEngine(
            store: temporaryStorePath(), network: network, clock: clock, mostWaiting: 4
        ) { store in
            while try await store.outboxCounts()["waiting"] != 6 { await Task.yield() }
            network.happen((7...20).map { message($0, in: "ann", "\($0)") })
            for _ in 0..<20 {
                network.notify(.changed)
                // As long as a page takes: to be read, and to be decided.
                for _ in 0..<3 { _ = try await store.syncKey(of: bot) }
            }
            #expect(network.state.withLock { $0.acknowledged } == 6)
            #expect(try await store.outboxCounts() == ["waiting": 6])
            clock.advance(by: .seconds(600))
            await network.until { $0.acknowledged == 20 && $0.performed.count == 21 }
        }
        let performed = network.state.withLock { $0.performed }
        #expect(performed.map(\.effect) == ([1] + (1...20)).map { .send(.text("re: \($0)")) })
    }

    @Test func `a refusal ends as a dead letter with its reason`() async throws {
        let network = FakeNetwork()
        network.state.withLock { $0.outcomes = [.refused(reason: "blocked")] }
        network.happen([message(1, in: "ann", "1"), message(2, in: "ann", "2")])
        let path = try temporaryStorePath()
        try await withEngine(store: path, network: network) { _ in
            await network.until { $0.performed.count == 2 }
        }
        let rows = try await Store(path: path).outbox(in: [], limit: 10)
        #expect(rows.map(\.state) == ["sent", "failed"])
        #expect(rows.map(\.reason) == ["", "blocked"])
    }
}
