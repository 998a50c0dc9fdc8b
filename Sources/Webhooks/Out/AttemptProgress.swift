import BotKit
import Synchronization

/// How far an attempt got, whoever ended it.
final class AttemptProgress: Sendable {
    private let hasConnected = Atomic(false)

    /// Whether the other side may have seen something of the request.
    var mayHaveLeft: Bool { hasConnected.load(ordering: .acquiring) }

    /// Is called when a connection is ready, before anything of the request is written to it.
    func connected() { hasConnected.store(true, ordering: .releasing) }

    /// What an attempt without an answer comes to.
    func failure(_ reason: String) -> GatewayError {
        mayHaveLeft
            ? .unknown(reason: "The call left, and: \(reason).") : .retry(reason: "Not connected: \(reason).")
    }
}
