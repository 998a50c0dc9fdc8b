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
    /// How long a handler may take before the run that waits for it is written down, and the owner sees it.
    private static let quick = Duration.seconds(1)

    private let account: AccountID
    private let store: Store
    private let decider: any Decider
    private let clock: any WallClock
    private let lifetime: Duration
    private let answers: HandlerAnswers
    private let decided: @Sendable (Store.Decided) -> Void

    private let mostWaiting: Int

    private struct State {
        var lanes = Lanes()
        var isStopping = false
        /// Calls that take long.
        var slow: [FirstCall] = []
        /// How much was put into the outbox since it was last found short enough; nil if it was not.
        var sinceLook: Int?
    }

    private let state = Mutex(State())
    /// Rung when there is something to read or to decide, or nothing more to do.
    private var moved: Signal { answers.moved }
    private let gaveRoom = Signal()
    /// Rung when handlers are asked.
    private let asked = Signal()

    /// - Parameters:
    ///   - lifetime: how long an answer that could not leave stays worth sending.
    ///   - answers: what handlers say.
    ///   - mostWaiting: how many rows of the outbox may wait to leave while more is fetched.
    ///   - decided: called after each commit with what it brought about.
    package init(
        account: AccountID, store: Store, decider: any Decider, clock: any WallClock, lifetime: Duration,
        answers: HandlerAnswers = HandlerAnswers(), mostWaiting: Int = 10_000,
        decided: @escaping @Sendable (Store.Decided) -> Void
    ) {
        self.account = account
        self.store = store
        self.decider = decider
        self.clock = clock
        self.lifetime = lifetime
        self.answers = answers
        self.mostWaiting = mostWaiting
        self.decided = decided
    }

    /// Tells that new events are in the journal.
    package func journaled() { moved.ring() }

    /// Returns once the engine has caught up enough to take more: with deciding, and with sending what was decided. What
    /// does not fit stays on the network's side. For one caller at a time.
    ///
    /// - Parameter held: called if it is what waits to leave that is too much.
    package func room(held: () -> Void = {}) async throws {
        var isHeld = false
        while !Task.isCancelled {
            let hasRoom = state.withLock { $0.lanes.hasRoom }
            if hasRoom, try await !isOutboxLong() { return }
            if hasRoom, !isHeld {
                isHeld = true
                held()
            }
            await gaveRoom.wait()
        }
    }

    /// Tells that rows of the outbox have come to their end.
    package func outboxMoved() { gaveRoom.ring() }

    /// Looked at once for many rows: counting them takes as long as there are, up to the most.
    private func isOutboxLong() async throws -> Bool {
        let isKnown = state.withLock { state in
            let isKnown = state.sinceLook.map { $0 <= mostWaiting / 10 } ?? false
            if !isKnown { state.sinceLook = 0 }
            return isKnown
        }
        if isKnown { return false }
        let isLong = try await store.hasWaiting(moreThan: mostWaiting, of: account)
        if isLong { state.withLock { $0.sinceLook = nil } }
        return isLong
    }

    /// Decides until shut down; then decides what it holds, commits that, and returns.
    package func run() async throws {
        let calls = try await store.waitingCalls(of: account)
        state.withLock { $0.lanes.block(calls) }
        try await withGracefulShutdownHandler {
            try await withThrowingTaskGroup { group in
                group.addTask { await self.watchCalls() }
                try await self.decideAll()
                group.cancelAll()
            }
        } onGracefulShutdown: {
            self.state.withLock { $0.isStopping = true }
            self.moved.ring()
        }
    }

    private func decideAll() async throws {
        var last: Int64 = 0
        while !Task.isCancelled {
            let (isStopping, hasRoom) = state.withLock { ($0.isStopping, $0.lanes.hasRoom) }
            let page =
                hasRoom && !isStopping
                ? try await store.undecided(of: account, after: last, limit: Self.page) : []
            last = page.last?.number ?? last
            let (batch, slow) = state.withLock { state in
                state.lanes.add(page)
                defer { state.slow = [] }
                return (state.lanes.next(), state.slow)
            }
            let answers = answers.take()
            if !batch.isEmpty || !answers.isEmpty || !slow.isEmpty {
                try await decide(batch, answers, slow)
            } else if isStopping {
                return
            } else if page.isEmpty {
                await moved.wait()
            }
        }
    }

    /// Has the runs written down whose handlers take long: the owner is to see them, and can end them.
    private func watchCalls() async {
        while !Task.isCancelled {
            let calls = state.withLock { $0.lanes.firstCalls }
            if calls.isEmpty {
                await asked.wait()
                continue
            }
            try? await clock.sleep(for: Self.quick)
            let areSlow = state.withLock { state in
                state.slow += state.lanes.takeFirstCalls(among: calls)
                return !state.slow.isEmpty
            }
            if areSlow { moved.ring() }
        }
    }

    private func decide(
        _ batch: [PendingEvent], _ answers: [CallAnswer], _ slow: [FirstCall]
    ) async throws {
        let decided = try await store.decide(
            batch, answers: answers, slow: slow, of: account, lifetime: lifetime, now: clock.now
        ) { [decider] pending, state in try decider.decide(pending, state) }
        state.withLock { state in
            state.lanes.take(decided, of: batch)
            state.sinceLook? += decided.outgoing
        }
        gaveRoom.ring()
        if !decided.calls.isEmpty { asked.ring() }
        self.decided(decided)
    }
}
