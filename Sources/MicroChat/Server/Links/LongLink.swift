import MicroChatWire
import NIOCore
import Synchronization

/// A client's long link as the rest of the server knows it: something to be told. Any thread may.
final class LongLink: Sendable {
    private let channel: any Channel
    /// The kinds that the handler has not heard of yet.
    private let waiting = Atomic(UInt32(0))

    init(channel: any Channel) { self.channel = channel }

    /// What the link's handler is told through its pipeline.
    enum Event: Sendable {
        case itemWaits
        case syncBegins(SyncKinds)
        case quit(ResultCode)
        /// The session's notices go to another link.
        case replaced
    }

    /// Something of these kinds is queued for the device. However often this is called, the handler hears of it once.
    func itemWaits(_ kinds: SyncKinds) {
        let before = waiting.bitwiseOr(kinds.rawValue, ordering: .acquiringAndReleasing).oldValue
        if before == 0 { channel.triggerUserOutboundEvent(Event.itemWaits, promise: nil) }
    }

    /// The handler has heard, and of what; whatever is queued from now on is news again.
    func heard() -> SyncKinds { SyncKinds(rawValue: waiting.exchange(0, ordering: .acquiringAndReleasing)) }

    /// The device fetches these kinds, by whichever link: what is queued of them needs no further notice.
    func syncBegins(_ kinds: SyncKinds) {
        channel.triggerUserOutboundEvent(Event.syncBegins(kinds), promise: nil)
    }

    /// The session's notices go to another link: close.
    func replaced() { channel.triggerUserOutboundEvent(Event.replaced, promise: nil) }

    /// The session is over: say so and close.
    func quit(_ reason: ResultCode) {
        channel.triggerUserOutboundEvent(Event.quit(reason), promise: nil)
    }
}
