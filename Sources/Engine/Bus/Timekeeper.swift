package import BotKit
import ServiceLifecycle
package import Store

/// Puts timers' events into the journal when they are due. Sleeps until the first of them, however many there are.
package final class Timekeeper: Service {
    /// Timers that fire in one transaction at most.
    private static let batch = 512

    private let account: AccountID
    private let store: Store
    private let bus: EventBus
    private let clock: any WallClock
    private let next: @Sendable (StoredTimer) -> StoredTimer?
    private let moved: Signal

    /// - Parameters:
    ///   - moved: rung when another timer may be the first.
    ///   - next: says when a timer that has fired is due again; nil for never.
    package init(
        account: AccountID, store: Store, bus: EventBus, moved: Signal, clock: any WallClock,
        next: @escaping @Sendable (StoredTimer) -> StoredTimer? = { _ in nil }
    ) {
        self.account = account
        self.store = store
        self.bus = bus
        self.clock = clock
        self.moved = moved
        self.next = next
    }

    /// Fires timers until shut down.
    package func run() async throws {
        do {
            try await look()
        } catch is CancellationError {
            // The end may come in the midst of a look.
        }
    }

    private func look() async throws {
        try await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                let due = try await self.store.nextTimer(of: self.account)
                guard let due, due <= self.clock.now else {
                    await self.moved.wait(until: due, on: self.clock)
                    continue
                }
                let fired = try await self.store.fireTimers(
                    of: self.account, limit: Self.batch, now: self.clock.now, next: self.next)
                if fired > 0 { self.bus.journaled() }
            }
        }
    }
}
