package import BotKit
import Foundation
package import Store

/// When broadcasts will be done: as their pace and hours say, and as the account's limits let them, whichever is later.
package struct BroadcastForecast: Sendable {
    private let limits: SendLimits
    private let usualPace: Int64?

    /// - Parameter usualPace: as in `Broadcasts`.
    package init(limits: SendLimits, usualPace: Duration?) {
        self.init(limits: limits, usualPace: usualPace?.microseconds)
    }

    init(limits: SendLimits, usualPace: Int64?) {
        (self.limits, self.usualPace) = (limits, usualPace)
    }

    /// When the last message has left if nothing else does; `now` if there is none.
    package func end(of broadcast: StoredBroadcast, in store: Store, now: Timestamp) async throws -> Timestamp
    {
        let left = broadcast.counts.waiting + broadcast.counts.queued
        return try await end(
            of: left, broadcast.order, after: broadcast.arrival, broadcast.account, store, now)
    }

    /// The same for one that has not begun.
    package func end(
        of order: BroadcastOrder, count: Int, account: AccountID, in store: Store, now: Timestamp
    ) async throws -> Timestamp {
        try await end(of: count, order, after: now, account, store, now)
    }

    private func end(
        of count: Int, _ order: BroadcastOrder, after arrival: Timestamp, _ account: AccountID,
        _ store: Store,
        _ now: Timestamp
    ) async throws -> Timestamp {
        guard count > 0 else { return now }
        let byLimits = try await store.forecast(count, of: .messages, account, limits: limits, now: now)
        let plan = try BroadcastPlan(json: order.plan)
        return max(byLimits, plan.pacing.end(of: count, after: arrival, now: now, usual: usualPace))
    }
}

extension Timestamp {
    /// For people, by the clock of Greenwich.
    var iso: String { Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601) }
}
