import BotKit
import Foundation
import Store

/// Journal and decisions, flushed at each commit, by the size of the batch.
func storeFigures() async throws -> [Figure] {
    var figures: [Figure] = []
    for size in [1, 10, 100, 1000] {
        let rounds = max(1, min(2000, 20_000 / size))
        try await withBenchFolder { folder in
            let store = try Store(path: folder + "/store.sqlite")
            try await store.open("bench", now: SystemClock().now)
            var next = 0
            var undecided: [PendingEvent] = []
            figures.append(
                try await rate("store append, batches of \(size)", per: size * rounds) {
                    for _ in 0..<rounds {
                        let events = (next..<next + size).map(event)
                        next += size
                        let changes = Changes(key: SyncKey(bytes: Array("\(next)".utf8)), events: events)
                        _ = try await store.append(changes, to: "bench", now: SystemClock().now)
                    }
                })
            undecided = try await store.undecided(of: "bench", after: 0, limit: .max)
            figures.append(
                try await rate("store commit with one answer each, batches of \(size)", per: size * rounds) {
                    for _ in 0..<rounds {
                        let batch = Array(undecided.prefix(size))
                        undecided.removeFirst(batch.count)
                        _ = try await store.decide(
                            batch, of: "bench", lifetime: .seconds(3600), now: SystemClock().now
                        ) { pending, _ in
                            Decision(actions: [
                                .perform(.send(.text("yes")), in: pending.event.chat, rule: "r")
                            ])
                        }
                    }
                })
        }
    }
    return figures
}

private func event(_ number: Int) -> Event {
    Event(
        id: EventID("\(number)"), chat: ChatID("chat\(number % 500)"), chatKind: .private,
        time: Timestamp(seconds: 1_800_000_000),
        body: .message(
            Message(
                sender: PersonID("chat\(number % 500)"),
                content: .text("Do you have the blue one in size 42? 有没有蓝色的？"))))
}

/// A folder of its own, gone afterwards.
func withBenchFolder(_ body: (String) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "conure-bench-\(UUID().uuidString)")
        .path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await body(folder)
}
