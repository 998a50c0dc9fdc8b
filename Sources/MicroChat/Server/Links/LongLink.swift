import MicroChatWire
import NIOCore
import Synchronization

/// A client's long link as the rest of the server knows it: something to be told. Any thread may.
final class LongLink: Sendable {
    private let channel: any Channel
    private let isTold = Atomic(false)

    init(channel: any Channel) { self.channel = channel }

    /// What the link's handler is told through its pipeline.
    enum Event: Sendable {
        case itemWaits
        case syncBegins
        case quit(ResultCode)
        /// The session's notices go to another link.
        case replaced
    }

    /// Something is queued for the account. However often this is called, the handler hears of it once.
    func itemWaits() {
        if isTold.exchange(true, ordering: .acquiringAndReleasing) { return }
        channel.triggerUserOutboundEvent(Event.itemWaits, promise: nil)
    }

    /// The handler has heard; what is queued from now on is news again.
    func hasHeard() { isTold.store(false, ordering: .releasing) }

    /// The client fetches, by whichever link: what is queued so far needs no further notice.
    func syncBegins() { channel.triggerUserOutboundEvent(Event.syncBegins, promise: nil) }

    /// The session's notices go to another link: close.
    func replaced() { channel.triggerUserOutboundEvent(Event.replaced, promise: nil) }

    /// The session is over: say so and close.
    func quit(_ reason: ResultCode) {
        channel.triggerUserOutboundEvent(Event.quit(reason), promise: nil)
    }
}
