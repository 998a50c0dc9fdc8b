package import BotKit
import ServiceLifecycle
package import Store
import Synchronization

/// Hands the journal's events to whoever decides: in order per chat, and so many in one transaction, of different chats,
/// as are there.
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
    private let answers: HandlerAnswers
    private let decided: @Sendable (Store.Decided) -> Void

    private struct State {
        var lanes = Lanes()
        var isStopping = false
    }

    private let state = Mutex(State())
    /// Rung when there is something to read or to decide, or nothing more to do.
    private var moved: Signal { answers.moved }
    private let gaveRoom = Signal()

    /// - Parameters:
    ///   - lifetime: how long an answer that could not leave stays worth sending.
    ///   - answers: what handlers say.
    ///   - decided: called after each commit with what it brought about.
    package init(
        account: AccountID, store: Store, decider: any Decider, clock: any WallClock, lifetime: Duration,
        answers: HandlerAnswers = HandlerAnswers(), decided: @escaping @Sendable (Store.Decided) -> Void
    ) {
        self.account = account
        self.store = store
        self.decider = decider
        self.clock = clock
        self.lifetime = lifetime
        self.answers = answers
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
            var last: Int64 = 0
            while !Task.isCancelled {
                let (isStopping, hasRoom) = state.withLock { ($0.isStopping, $0.lanes.hasRoom) }
                let page =
                    hasRoom && !isStopping
                    ? try await store.undecided(of: account, after: last, limit: Self.page) : []
                last = page.last?.number ?? last
                let batch = state.withLock { state in
                    state.lanes.add(page)
                    return state.lanes.next()
                }
                let answers = answers.take()
                if !batch.isEmpty || !answers.isEmpty {
                    try await decide(batch, answers)
                } else if isStopping {
                    return
                } else if page.isEmpty {
                    await moved.wait()
                }
            }
        } onGracefulShutdown: {
            self.state.withLock { $0.isStopping = true }
            self.moved.ring()
        }
    }

    private func decide(_ batch: [PendingEvent], _ answers: [CallAnswer]) async throws {
        let decided = try await store.decide(
            batch, answers: answers, of: account, lifetime: lifetime, now: clock.now
        ) { [decider] pending, state in try decider.decide(pending, state) }
        state.withLock { $0.lanes.take(decided, of: batch) }
        gaveRoom.ring()
        self.decided(decided)
    }
}
