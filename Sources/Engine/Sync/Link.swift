package import BotKit
import Store
import Synchronization

/// What is known of one account's connection: written by its gateway's notices, read by all who need a connection.
package final class Link: Sendable {
    /// Rung when there may be something to fetch.
    package let changed = Signal()
    /// Rung when something may leave again.
    package let sendable = Signal()

    package init() {}

    struct Status: Equatable {
        var state = LinkState.offline
        var reason = "starting"
        var identity: Identity?
    }

    private let status = Mutex(Status())

    var current: Status { status.withLock { $0 } }

    package var isOnline: Bool { status.withLock { $0.state == .online } }

    /// Takes a gateway's notice. Returns at once.
    package func notify(_ notice: GatewayNotice) {
        switch notice {
        case .online(let identity):
            status.withLock { $0 = Status(state: .online, reason: "", identity: identity) }
            sendable.ring()
        case .offline(let reason):
            status.withLock { ($0.state, $0.reason) = (.offline, reason) }
        case .paused(let reason):
            status.withLock { ($0.state, $0.reason) = (.paused, reason) }
        case .changed:
            break
        }
        changed.ring()
    }
}
