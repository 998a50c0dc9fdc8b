package import BotKit
import ServiceLifecycle
package import Store

/// Removes what has ended long ago, a little at a time.
package struct Housekeeping: Service {
    let account: AccountID
    let store: Store
    let retention: @Sendable () -> Retention
    let clock: any WallClock

    /// How long between two rounds.
    static let period = Duration.seconds(3600)
    /// How long everybody else has the store to themselves after each step.
    private static let breath = Duration.milliseconds(20)

    /// - Parameter retention: asked at each round, since rules may look further back than they did.
    package init(
        account: AccountID, store: Store, clock: any WallClock,
        retention: @escaping @Sendable () -> Retention = { Retention() }
    ) {
        self.account = account
        self.store = store
        self.retention = retention
        self.clock = clock
    }

    package func run() async throws {
        try await untilShutdown {
            while !Task.isCancelled {
                try await self.clock.sleep(for: Self.period)
                try await self.round()
            }
        }
    }

    /// One round.
    package func round() async throws {
        let retention = retention()
        var number: Int64? = 0
        while let after = number {
            number = try await store.trimOutbox(of: account, after: after, retention, now: clock.now)
            if number != nil { try await clock.sleep(for: Self.breath) }
        }
        while try await store.trimRuns(of: account, retention, now: clock.now) {
            try await clock.sleep(for: Self.breath)
        }
        while try await store.trimTraces(of: account, retention, now: clock.now) {
            try await clock.sleep(for: Self.breath)
        }
        while try await store.trimRings(of: account, retention) {
            try await clock.sleep(for: Self.breath)
        }
        while try await store.trimBroadcasts(of: account, retention, now: clock.now) {
            try await clock.sleep(for: Self.breath)
        }
        try await store.trimCounts(of: account, now: clock.now)
    }
}
