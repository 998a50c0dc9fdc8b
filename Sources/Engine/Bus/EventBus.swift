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

    private let account: AccountID
    private let store: Store
    private let decider: any Decider
    private let clock: any WallClock
    private let lifetime: Duration
    private let decided: @Sendable (Store.Decided) -> Void

    private struct State {
        var lanes = Lanes()
        var isStopping = false
    }

    private let state = Mutex(State())
    /// Rung when there is something to read, or room to hold more, or nothing more to do.
    private let moved: Signal
    private let gaveRoom = Signal()

    /// - Parameters:
    ///   - lifetime: how long an answer that could not leave stays worth sending.
    ///   - moved: rung by whoever has put something into the journal.
    ///   - decided: called after each commit with what it brought about.
    package init(
        account: AccountID, store: Store, decider: any Decider, clock: any WallClock, lifetime: Duration,
        moved: Signal = Signal(), decided: @escaping @Sendable (Store.Decided) -> Void
    ) {
        self.account = account
        self.store = store
        self.decider = decider
        self.clock = clock
        self.lifetime = lifetime
        self.moved = moved
        self.decided = decided
    }

    /// Tells that new events are in the journal.
    package func journaled() { moved.ring() }

    /// Returns once the engine has caught up enough to take more. For one caller at a time.
    package func room() async {
        while state.withLock({ !$0.lanes.hasRoom }), !Task.isCancelled {
            await gaveRoom.wait()
        }
    }

    /// Decides until shut down; then decides what it holds, commits that, and returns.
    package func run() async throws {
        let calls = try await store.waitingCalls(of: account)
        state.withLock { $0.lanes.block(calls) }
        try await withGracefulShutdownHandler {
            try await withThrowingDiscardingTaskGroup { group in
                var last: Int64 = 0
                while !state.withLock({ $0.isStopping }), !Task.isCancelled {
                    let page =
                        state.withLock { $0.lanes.hasRoom }
                        ? try await store.undecided(of: account, after: last, limit: Self.page) : []
                    last = page.last?.number ?? last
                    let ready = state.withLock { state in
                        state.lanes.add(page)
                        return state.lanes.takeReady()
                    }
                    for chat in ready { group.addTask { try await self.work(on: chat) } }
                    if page.isEmpty { await moved.wait() }
                }
            }
        } onGracefulShutdown: {
            self.state.withLock { $0.isStopping = true }
            self.moved.ring()
        }
    }

    /// Works off one chat's events, in order, until there are none that can be decided now.
    private func work(on chat: ChatID) async throws {
        while let batch = state.withLock({ $0.lanes.next(in: chat) }) {
            let decided = try await store.decide(
                batch, of: account, lifetime: lifetime, now: clock.now
            ) { [decider] pending, state in try decider.decide(pending, state) }
            state.withLock { $0.lanes.take(decided, of: batch, in: chat) }
            moved.ring()
            gaveRoom.ring()
            self.decided(decided)
        }
    }
}
