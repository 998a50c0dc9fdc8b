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

    /// How long without a notice until it is worth looking anyway.
    static let period = Duration.seconds(90)
    private static let waits = Backoff(first: .milliseconds(500), most: .seconds(30))

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
        try await cancelWhenGracefulShutdown {
            var recorded = Link.Status()
            var failures = 0
            while !Task.isCancelled {
                let wait = failures == 0 ? Self.period : Self.waits.delay(after: failures)
                await link.changed.wait(until: clock.now + wait, on: clock)
                try await record(link.current, over: &recorded)
                guard link.isOnline, !Task.isCancelled else { continue }
                do {
                    try await pull()
                    failures = 0
                } catch let error as GatewayError {
                    failures += 1
                    logger.info("sync failed: \(error.reason)", metadata: ["account": "\(account)"])
                }
                // Any other error is the store's, and ends the program: nothing is acknowledged that is not stored,
                // so stopping loses nothing.
            }
        }
    }

    /// Fetches pages until there are no more.
    private func pull() async throws {
        var hasMore = true
        while hasMore, !Task.isCancelled {
            await bus.room()
            let key = try await store.syncKey(of: account)
            let changes = try await gateway.changes(since: key)
            if changes.key != key || !changes.events.isEmpty || !changes.contacts.isEmpty {
                let new = try await store.append(changes, to: account, now: clock.now)
                if new > 0 { bus.journaled() }
                try await gateway.acknowledge(changes.key)
            }
            hasMore = changes.hasMore
        }
    }

    private func record(_ status: Link.Status, over recorded: inout Link.Status) async throws {
        guard status != recorded else { return }
        recorded = status
        try await store.setLink(
            of: account, to: status.state, reason: status.reason, identity: status.identity, now: clock.now)
    }
}
