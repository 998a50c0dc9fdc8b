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

    private struct Status {
        var state = LinkState.offline
        /// Whether calls get through although the link is down: a session outlives it.
        var callsWork = false
    }

    private let status = Mutex(Status())

    package var isOnline: Bool { status.withLock { $0.state == .online } }

    /// Whether nothing is to be tried until the owner acts.
    var isPaused: Bool { status.withLock { $0.state == .paused } }

    /// Whether it is worth trying to send.
    var takesCalls: Bool {
        status.withLock { $0.state == .online || $0.state == .offline && $0.callsWork }
    }

    /// Takes a gateway's notice. Returns at once.
    package func notify(_ notice: GatewayNotice) {
        switch notice {
        case .online: change(to: .online)
        case .offline: change(to: .offline)
        case .paused: change(to: .paused)
        case .changed: break
        case .poorNetwork, .kicked, .sessionRenewed: return
        }
        changed.ring()
    }

    /// A call got an answer.
    func callWorked() {
        let isNews = status.withLock { status in
            defer { status.callsWork = true }
            return !status.callsWork
        }
        if isNews { sendable.ring() }
    }

    /// A call found no session, so no other will either.
    func callFoundNoSession() { status.withLock { $0.callsWork = false } }

    private func change(to state: LinkState) {
        status.withLock { status in
            status.state = state
            // Each end of the link puts it in question again whether calls work; the next pull finds out.
            if state == .offline { status.callsWork = false }
        }
        if state == .online { sendable.ring() }
    }
}
