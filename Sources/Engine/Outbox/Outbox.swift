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
    private let clock: any WallClock
    private let logger: Logger

    private struct State {
        var onTheirWay = 0
        var isStopping = false
    }

    private let state = Mutex(State())

    /// Does what the rows say, all of them at once, and says what became of each.
    package typealias Perform = @Sendable ([Outgoing]) async -> [Result<Receipt, GatewayError>]

    /// - Parameters:
    ///   - way: which rows it takes.
    ///   - limits: nil for none.
    ///   - runsWoken: is called when rules' runs go on through the journal, which waited for a row.
    ///   - broadcastsMoved: is called when messages of broadcasts have come to an end.
    package init(
        account: AccountID, way: Effect.Way = .network, store: Store, link: Link, limits: SendLimits?,
        moments: BotMoments? = nil, clock: any WallClock, logger: Logger,
        runsWoken: @escaping @Sendable () -> Void = {},
        broadcastsMoved: @escaping @Sendable () -> Void = {}, perform: @escaping Perform
    ) {
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
                    guard link.takesCalls, state.withLock({ $0.onTheirWay < Self.mostOnTheirWay }) else {
                        await link.sendable.wait()
                        continue
                    }
                    let lease = try await store.lease(
                        of: account, way: way, limits: limits, limit: Self.batch, turn: turn,
                        now: clock.now)
                    turn = lease.turn
                    try await tell(lease.news)
                    if lease.hasWoken { runsWoken() }
                    if lease.hasRefused { broadcastsMoved() }
                    if lease.rows.isEmpty {
                        await link.sendable.wait(until: lease.next, on: clock)
                    } else {
                        let slow = lease.rows.filter(\.outgoing.effect.isSlow)
                        let quick = lease.rows.filter { !$0.outgoing.effect.isSlow }
                        // Each by itself, so that no other chat waits for it.
                        for row in slow { group.addTask { try await self.sendSlowly(row) } }
                        guard !quick.isEmpty else { continue }
                        state.withLock { $0.onTheirWay += 1 }
                        group.addTask { try await self.sendQuickly(quick) }
                    }
                }
            }
        } onGracefulShutdown: {
            self.state.withLock { $0.isStopping = true }
            self.link.sendable.ring()
        }
    }

    private func sendQuickly(_ rows: [LeasedRow]) async throws {
        let results = await perform(rows.map(\.outgoing))
        try await settle(rows, results)
        state.withLock { $0.onTheirWay -= 1 }
        link.sendable.ring()
    }

    /// A shutdown does not wait for it: the next start goes on with it under the same id.
    private func sendSlowly(_ row: LeasedRow) async throws {
        let results = await cancelWhenGracefulShutdown { await self.perform([row.outgoing]) }
        // An attempt that the end has interrupted is none of the few that a webhook has: the next start finds the call on
        // its way, and makes it again.
        if way == .webhook, state.withLock({ $0.isStopping }), case .failure? = results.first { return }
        try await settle([row], results)
        link.sendable.ring()
    }

    private func settle(_ rows: [LeasedRow], _ results: [Result<Receipt, GatewayError>]) async throws {
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
        let settled = try await store.settle(settlements, of: account, limits: limits, now: now)
        if settled.hasWoken { runsWoken() }
        if settled.isOfBroadcast { broadcastsMoved() }
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
