package import BotKit
package import Logging
import ServiceLifecycle
package import Store

/// Keeps one account's gateway running until the program ends, and records what becomes of its connection.
package struct GatewayService: Service {
    let account: AccountID
    let gateway: any Gateway
    let link: Link
    let store: Store
    /// Who tells the rules; nil if nobody does.
    let moments: BotMoments?
    let clock: any WallClock
    let logger: Logger

    package init(
        account: AccountID, gateway: any Gateway, link: Link, store: Store, moments: BotMoments? = nil,
        clock: any WallClock, logger: Logger
    ) {
        self.account = account
        self.gateway = gateway
        self.link = link
        self.store = store
        self.moments = moments
        self.clock = clock
        self.logger = logger
    }

    package func run() async throws {
        let (changes, changed) = AsyncStream.makeStream(of: Change.self)
        try await withThrowingTaskGroup { group in
            group.addTask {
                defer { changed.finish() }
                try await cancelWhenGracefulShutdown {
                    do {
                        try await gateway.run { notice in
                            report(notice)
                            link.notify(notice)
                            if let change = Change(notice, now: clock.now) { changed.yield(change) }
                        }
                        // Paused: nothing more happens until the owner does something, but the others go on.
                        await Signal().wait()
                    } catch is CancellationError {}
                }
            }
            group.addTask { try await record(changes) }
            while try await group.next() != nil {}
        }
    }

    private func report(_ notice: GatewayNotice) {
        let metadata: Logger.Metadata = ["account": "\(account)"]
        switch notice {
        case .online(let identity):
            logger.info("online as \(identity.name) (\(identity.id))", metadata: metadata)
        case .offline(let reason): logger.warning("offline: \(reason)", metadata: metadata)
        case .paused(let reason): logger.error("paused until you act: \(reason)", metadata: metadata)
        case .poorNetwork(let reason): logger.warning("poor network: \(reason)", metadata: metadata)
        case .kicked(let reason): logger.warning("kicked: \(reason)", metadata: metadata)
        case .sessionRenewed: logger.info("the session was renewed", metadata: metadata)
        case .changed: logger.trace("something changed", metadata: metadata)
        }
    }

    /// An error here is the store's, and ends the program.
    private func record(_ changes: AsyncStream<Change>) async throws {
        var last: Change?
        for await change in changes {
            // An attempt that fails as the one before it did is no news.
            guard change.kind != last?.kind || change.text != last?.text else { continue }
            last = change
            if let (state, identity) = change.link {
                try await store.setLink(
                    of: account, to: state, reason: state == .online ? "" : change.text, identity: identity,
                    now: change.time)
            }
            try await store.record(change.kind, change.text, of: account, now: change.time)
            if let moment = change.moment { try await moments?.tell(moment) }
        }
    }
}

/// A notice that is worth keeping.
private struct Change {
    var kind: AccountEvent.Kind
    var text: String
    var time: Timestamp
    /// What rules hear of it, if they do.
    var moment: BotMoment? {
        switch kind {
        case .online: .loggedIn
        case .poorNetwork: .poorNetwork
        case .sessionRenewed: .sessionExpired
        case .offline, .paused, .kicked, .alert, .slowedDown, .recovered, .kindPaused, .budget: nil
        }
    }
    /// What it makes of the link, if it says.
    var link: (state: LinkState, identity: Identity?)?

    init?(_ notice: GatewayNotice, now: Timestamp) {
        time = now
        switch notice {
        case .online(let identity):
            (kind, text, link) = (.online, "as \(identity.name)", (.online, identity))
        case .offline(let reason): (kind, text, link) = (.offline, reason, (.offline, nil))
        case .paused(let reason): (kind, text, link) = (.paused, reason, (.paused, nil))
        case .poorNetwork(let reason): (kind, text) = (.poorNetwork, reason)
        case .kicked(let reason): (kind, text) = (.kicked, reason)
        case .sessionRenewed: (kind, text) = (.sessionRenewed, "the network had forgotten the old one")
        case .changed: return nil
        }
    }
}
