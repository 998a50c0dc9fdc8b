package import BotKit
package import Logging
import ServiceLifecycle
package import Store

/// Fetches what changed, journals it, and only then tells the network that it has it.
///
/// One pull at a time; a notice during a pull means one more; a periodic pull is the safety net; and while the engine
/// lags, nothing is pulled, so that what does not fit stays on the network's side.
package struct SyncEngine: Service {
    let account: AccountID
    let gateway: any Gateway
    let store: Store
    let link: Link
    let bus: EventBus
    let clock: any WallClock
    let logger: Logger

    /// How long without a notice until it is worth looking anyway; without the long link there are no notices, and a
    /// session may still live (MicroChat's section 12 asks for the same 90 s).
    static let period = Duration.seconds(90)
    private static let waits = Backoff(first: .milliseconds(500), most: period)

    package init(
        account: AccountID, gateway: any Gateway, store: Store, link: Link, bus: EventBus,
        clock: any WallClock, logger: Logger
    ) {
        self.account = account
        self.gateway = gateway
        self.store = store
        self.link = link
        self.bus = bus
        self.clock = clock
        self.logger = logger
    }

    package func run() async throws {
        try await untilShutdown {
            var wait = Self.period
            var failures = 0
            while !Task.isCancelled {
                await link.changed.wait(until: clock.now + wait, on: clock)
                guard !link.isPaused, !Task.isCancelled else { continue }
                do {
                    try await pull()
                    (wait, failures) = (Self.period, 0)
                } catch let error as GatewayError {
                    // While the link is down this is a look whether calls still work, and no more urgent than any.
                    failures = link.isOnline ? failures + 1 : 0
                    wait = failures == 0 ? Self.period : Self.wait(after: error, failures: failures)
                    logger.log(
                        level: link.isOnline ? .info : .debug, "sync failed: \(error.reason)",
                        metadata: ["account": "\(account)"])
                }
                // Any other error is the store's, and ends the program: nothing is acknowledged that is not stored,
                // so stopping loses nothing.
            }
        }
    }

    private static func wait(after error: GatewayError, failures: Int) -> Duration {
        if case .retry(_, let after?) = error { return after }
        return waits.delay(after: failures)
    }

    /// Fetches pages until there are no more.
    private func pull() async throws {
        var hasMore = true
        while hasMore, !Task.isCancelled {
            try await bus.room {
                logger.notice(
                    "too much waits to leave: nothing more is fetched until that is less",
                    metadata: ["account": "\(account)"])
            }
            let key = try await store.syncKey(of: account)
            let changes = try await fetch(since: key)
            if changes.key != key || !changes.events.isEmpty || !changes.contacts.isEmpty {
                let new = try await store.append(changes, to: account, now: clock.now)
                if new > 0 { bus.journaled() }
                try await gateway.acknowledge(changes.key)
            }
            hasMore = changes.hasMore
        }
    }

    private func fetch(since key: SyncKey?) async throws(GatewayError) -> Changes {
        do throws(GatewayError) {
            let changes = try await gateway.changes(since: key)
            link.callWorked()
            return changes
        } catch {
            if case .sessionLost = error { link.callFoundNoSession() }
            throw error
        }
    }
}
