package import BotKit
import ServiceLifecycle
package import Store

/// Puts timers' events into the journal when they are due. Sleeps until the first of them, however many there are.
package final class Timekeeper: Service {
    /// Timers that fire in one transaction at most.
    private static let batch = 512

    private static let longestSleep = Duration.seconds(60)

    private let account: AccountID
    private let store: Store
    private let bus: EventBus
    private let clock: any WallClock
    private let firing: @Sendable (StoredTimer, Timestamp) -> Firing
    private let moved: Signal

    /// - Parameters:
    ///   - moved: rung when another timer may be the first.
    ///   - firing: says what comes of a timer that is due, and of the time since: see `Store.fireTimers`.
    package init(
        account: AccountID, store: Store, bus: EventBus, moved: Signal, clock: any WallClock,
        firing: @escaping @Sendable (StoredTimer, Timestamp) -> Firing = { timer, _ in
            Firing(happens: [timer])
        }
    ) {
        self.account = account
        self.store = store
        self.bus = bus
        self.clock = clock
        self.moved = moved
        self.firing = firing
    }

    /// Fires timers until shut down.
    package func run() async throws {
        try await untilShutdown {
            while !Task.isCancelled {
                let due = try await self.store.nextTimer(of: self.account)
                guard let due, due <= self.clock.now else {
                    // The wall clock may be set forward, or the machine sleep: then a wait would end too late.
                    let look = due.map { min($0, self.clock.now + Self.longestSleep) }
                    await self.moved.wait(until: look, on: self.clock)
                    continue
                }
                let now = self.clock.now
                let fired = try await self.store.fireTimers(
                    of: self.account, limit: Self.batch, now: now
                ) { [firing = self.firing] timer in firing(timer, now) }
                if fired > 0 { self.bus.journaled() }
            }
        }
    }
}
