package import BotKit
package import Logging
import ServiceLifecycle
package import Store
import Synchronization

/// The only way anything leaves: takes rows that may, hands them on, records what became of each.
package final class Outbox: Service {
    /// Rows in one batch at most, each of another chat.
    private static let batch = 64
    /// Batches on their way at once. While one is answered the next is prepared.
    private static let mostOnTheirWay = 3

    private let account: AccountID
    private let way: Effect.Way
    private let perform: Perform
    private let store: Store
    private let link: Link
    private let limits: SendLimits?
    private let moments: BotMoments?
    private let runsWoken: @Sendable () -> Void
    private let broadcastsMoved: @Sendable () -> Void
    private let moved: @Sendable () -> Void
    private let clock: any WallClock
    private let logger: Logger

    private struct State {
        var onTheirWay = 0
        /// Attempts that have come to something, which is to be recorded.
        var finished: [(row: LeasedRow, result: Settlement)] = []
        var isStopping = false

        mutating func takeFinished() -> [(row: LeasedRow, result: Settlement)] {
            defer { finished = [] }
            return finished
        }
    }

    private let state = Mutex(State())

    /// Does what the rows say, all of them at once, and says what became of each.
    package typealias Perform = @Sendable ([Outgoing]) async -> [Result<Receipt, GatewayError>]

    /// - Parameters:
    ///   - way: which rows it takes.
    ///   - limits: nil for none.
    ///   - runsWoken: is called when rules' runs go on through the journal, which waited for a row.
    ///   - broadcastsMoved: is called when messages of broadcasts have come to an end.
    ///   - moved: is called when any rows may have.
    package init(
        account: AccountID, way: Effect.Way = .network, store: Store, link: Link, limits: SendLimits?,
        moments: BotMoments? = nil, clock: any WallClock, logger: Logger,
        runsWoken: @escaping @Sendable () -> Void = {},
        broadcastsMoved: @escaping @Sendable () -> Void = {}, moved: @escaping @Sendable () -> Void = {},
        perform: @escaping Perform
    ) {
        self.moved = moved
        self.broadcastsMoved = broadcastsMoved
        self.runsWoken = runsWoken
        self.account = account
        self.way = way
        self.perform = perform
        self.store = store
        self.link = link
        self.limits = limits
        self.moments = moments
        self.clock = clock
        self.logger = logger
    }

    /// Sends until shut down; then waits for the answers to what is on its way, and returns.
    package func run() async throws {
        try await withGracefulShutdownHandler {
            try await withThrowingDiscardingTaskGroup { group in
                var turn = Turn()
                while !state.withLock({ $0.isStopping }), !Task.isCancelled {
                    let (finished, onTheirWay) = state.withLock { ($0.takeFinished(), $0.onTheirWay) }
                    let places = link.takesCalls ? Self.mostOnTheirWay - onTheirWay : 0
                    guard places > 0 || !finished.isEmpty else {
                        await link.sendable.wait()
                        continue
                    }
                    let lease = try await store.lease(
                        settling: finished, of: account, way: way, limits: limits,
                        limit: Self.batch * places, turn: turn, now: clock.now)
                    turn = lease.turn
                    try await tell(lease.settled)
                    if lease.rows.isEmpty {
                        await link.sendable.wait(until: places > 0 ? lease.next : nil, on: clock)
                    } else {
                        send(lease.rows, in: &group)
                    }
                }
            }
            let finished = state.withLock { $0.takeFinished() }
            if finished.isEmpty { return }
            try await tell(store.settle(finished, of: account, limits: limits, now: clock.now))
        } onGracefulShutdown: {
            self.state.withLock { $0.isStopping = true }
            self.link.sendable.ring()
        }
    }

    private func send(_ rows: [LeasedRow], in group: inout ThrowingDiscardingTaskGroup<any Error>) {
        let quick = rows.filter { !$0.outgoing.effect.isSlow }
        // Each by itself, so that no other chat waits for it.
        for row in rows where row.outgoing.effect.isSlow { group.addTask { await self.sendSlowly(row) } }
        for start in stride(from: 0, to: quick.count, by: Self.batch) {
            let part = Array(quick[start..<min(start + Self.batch, quick.count)])
            state.withLock { $0.onTheirWay += 1 }
            group.addTask { await self.sendQuickly(part) }
        }
    }

    private func sendQuickly(_ rows: [LeasedRow]) async {
        let results = await perform(rows.map(\.outgoing))
        state.withLock { $0.onTheirWay -= 1 }
        take(results, of: rows)
    }

    /// A shutdown does not wait for it: the next start goes on with it under the same id.
    private func sendSlowly(_ row: LeasedRow) async {
        let results = await cancelWhenGracefulShutdown { await self.perform([row.outgoing]) }
        // An attempt that the end has interrupted is none of the few that a webhook has: the next start finds the call on
        // its way, and makes it again.
        if way == .webhook, state.withLock({ $0.isStopping }), case .failure? = results.first { return }
        take(results, of: [row])
    }

    private func take(_ results: [Result<Receipt, GatewayError>], of rows: [LeasedRow]) {
        let now = clock.now
        let settlements = rows.enumerated().map { index, row in
            // A gateway that answers too few has not said what became of the rest.
            let result = index < results.count ? results[index] : .failure(.unknown(reason: "no answer"))
            return (row: row, result: Settlement(result, of: row, now: now))
        }
        for (row, result) in settlements {
            guard let reason = result.failure else { continue }
            logger.warning(
                "not sent: \(reason)",
                metadata: ["account": "\(account)", "outbox": "\(row.outgoing.number)"])
        }
        for case .failure(.sessionLost) in results { link.callFoundNoSession() }
        state.withLock { $0.finished += settlements }
        link.sendable.ring()
    }

    /// Passes on what follows from what became of rows.
    private func tell(_ settled: Settled) async throws {
        if settled.hasWoken { runsWoken() }
        if settled.hasMovedBroadcasts { broadcastsMoved() }
        moved()
        try await tell(settled.news)
    }

    /// Says what happened to the account's pace in the log, and to the rules.
    private func tell(_ news: [PaceNews]) async throws {
        let metadata: Logger.Metadata = ["account": "\(account)"]
        for some in news {
            switch some {
            case .slowedDown(let kind, let until):
                logger.warning(
                    "\(kind.words): too often, says the network; they pause until \(until.iso)",
                    metadata: metadata)
                try await moments?.tell(.slowedDown)
            case .paused(let kind, let until):
                logger.warning(
                    "\(kind.words): too many were refused in a row; they pause until \(until.iso)",
                    metadata: metadata)
                try await moments?.tell(.slowedDown)
            case .recovered(let kind):
                logger.notice("\(kind.words): full speed again", metadata: metadata)
                try await moments?.tell(.recovered)
            case .nearlySpent(let kind, let budget):
                logger.warning(
                    "\(kind.words): four fifths of today's \(budget) are used", metadata: metadata)
            }
        }
    }
}
