package import BotKit
import ServiceLifecycle
package import Store
import Synchronization

/// Hands the journal's events to whoever decides: in order per chat, different chats in parallel.
///
/// It reads them from the store, page by page, from the oldest undecided on, so going on after a crash is the same work
/// as any other. It holds a bounded number; while it holds that many, `room()` holds up the sync loop.
package final class EventBus: Service {
    /// Rows read at a time: one range of an index.
    private static let page = 512
    /// Events held at most, apart from the last page.
    private static let mostHeld = 1024
    /// Events decided and committed together at most, within one chat.
    private static let batch = 64

    private let account: AccountID
    private let store: Store
    private let decider: any Decider
    private let clock: any WallClock
    private let lifetime: Duration
    private let decided: @Sendable (Store.Decided) -> Void

    private struct State {
        /// What each busy chat still has to do. A chat that is not in here has no task.
        var lanes: [ChatID: [PendingEvent]] = [:]
        var held = 0
        var isStopping = false
    }

    private let state = Mutex(State())
    /// Rung when there is something to read, or room to hold more, or nothing more to do.
    private let moved = Signal()
    private let gaveRoom = Signal()

    /// - Parameters:
    ///   - lifetime: how long an answer that could not leave stays worth sending.
    ///   - decided: called after each commit with what it brought about.
    package init(
        account: AccountID, store: Store, decider: any Decider, clock: any WallClock, lifetime: Duration,
        decided: @escaping @Sendable (Store.Decided) -> Void
    ) {
        self.account = account
        self.store = store
        self.decider = decider
        self.clock = clock
        self.lifetime = lifetime
        self.decided = decided
    }

    /// Tells that new events are in the journal.
    package func journaled() { moved.ring() }

    /// Returns once the engine has caught up enough to take more. For one caller at a time.
    package func room() async {
        while state.withLock({ $0.held >= Self.mostHeld }), !Task.isCancelled {
            await gaveRoom.wait()
        }
    }

    /// Decides until shut down; then decides what it holds, commits that, and returns.
    package func run() async throws {
        try await withGracefulShutdownHandler {
            try await withThrowingDiscardingTaskGroup { group in
                var last: Int64 = 0
                while !state.withLock({ $0.isStopping }), !Task.isCancelled {
                    let page =
                        state.withLock { $0.held < Self.mostHeld }
                        ? try await store.undecided(of: account, after: last, limit: Self.page) : []
                    guard let newest = page.last else {
                        await moved.wait()
                        continue
                    }
                    last = newest.number
                    for chat in take(page) { group.addTask { try await self.work(on: chat) } }
                }
            }
        } onGracefulShutdown: {
            self.state.withLock { $0.isStopping = true }
            self.moved.ring()
        }
    }

    /// Puts events into their lanes, and names the chats that have no task yet.
    private func take(_ page: [PendingEvent]) -> [ChatID] {
        state.withLock { state in
            var idle: [ChatID] = []
            for event in page {
                if state.lanes[event.event.chat] == nil { idle.append(event.event.chat) }
                state.lanes[event.event.chat, default: []].append(event)
            }
            state.held += page.count
            return idle
        }
    }

    /// Works off one chat's events, in order, until there are none.
    private func work(on chat: ChatID) async throws {
        while let batch = nextBatch(of: chat) {
            let decided = try await store.decide(
                batch, of: account, lifetime: lifetime, now: clock.now
            ) { [decider] pending, state in try decider.decide(pending, state) }
            state.withLock { $0.held -= batch.count }
            moved.ring()
            gaveRoom.ring()
            self.decided(decided)
        }
    }

    private func nextBatch(of chat: ChatID) -> [PendingEvent]? {
        state.withLock { state in
            guard let waiting = state.lanes[chat], !waiting.isEmpty else {
                state.lanes[chat] = nil
                return nil
            }
            state.lanes[chat] = Array(waiting.dropFirst(Self.batch))
            return Array(waiting.prefix(Self.batch))
        }
    }
}
