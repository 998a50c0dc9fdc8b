import BotKit
import Engine
import Store
import Synchronization
import Testing

/// A network on which media move until they are told to end.
private final class SlowNetwork: Gateway {
    let network = FakeNetwork()
    private let (gate, open) = AsyncStream.makeStream(of: Void.self)
    let begun = Mutex(0)
    let cancelled = Mutex(0)

    func run(notify: @escaping @Sendable (GatewayNotice) -> Void) async throws {
        try await network.run(notify: notify)
    }

    func changes(since key: SyncKey?) async throws(GatewayError) -> Changes {
        try await network.changes(since: key)
    }

    func acknowledge(_ key: SyncKey) async throws(GatewayError) { try await network.acknowledge(key) }

    func perform(_ batch: [Outgoing]) async -> [Result<Receipt, GatewayError>] {
        guard batch.contains(where: \.effect.isSlow) else { return await network.perform(batch) }
        begun.withLock { $0 += batch.count }
        // Returns only when the task is cancelled.
        for await _ in gate {}
        cancelled.withLock { $0 += batch.count }
        return batch.map { _ in .failure(.retry(reason: "stopped")) }
    }
}

@Suite(.timeLimit(.minutes(5)))
struct `What takes long to send` {
    @Test func `holds up no other chat, and no shutdown`() async throws {
        let slow = SlowNetwork()
        let path = try temporaryStorePath()
        let media = Media(name: "a", mimeType: "image/png", size: 1, digest: "00")
        try await withEngine(store: path, network: slow) { store in
            for chat in 0..<10 {
                _ = try await store.enqueue(
                    .send(.image(media)), in: ChatID("slow\(chat)"), of: bot, lifetime: .seconds(60),
                    now: start)
            }
            for chat in 0..<10 {
                _ = try await store.enqueue(
                    .send(.text("\(chat)")), in: ChatID("quick\(chat)"), of: bot, lifetime: .seconds(60),
                    now: start)
            }
            // The engine looks when there is news.
            slow.network.happen([message(1, in: "ann", "1")])
            await slow.network.until { $0.performed.count == 11 }
            while slow.begun.withLock({ $0 }) < 10 { await Task.yield() }
        }
        #expect(slow.cancelled.withLock { $0 } == 10)
        let counts = try await Store(path: path).outboxCounts()
        #expect(counts == ["sent": 11, "waiting": 10])
    }
}
