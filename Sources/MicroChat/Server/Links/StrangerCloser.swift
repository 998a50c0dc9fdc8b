import MicroChatWire
import NIOCore
import Synchronization

/// Closes a long link whose client does not come to the point: a whole frame soon, and a login soon after. Until then it
/// gets no more memory than a login takes if there are many like it. Once it has logged in it is left alone.
final class StrangerCloser: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = Frame
    typealias OutboundIn = Frame

    /// The link's handler says so when the client has logged in.
    struct LoggedIn: Sendable {}

    private let limits: AbuseLimits
    private let strangers: StrangerCount
    private let frames: FrameLimit
    private let start = NIODeadline.now()
    private var timer: Scheduled<Void>?
    private var hasSpoken = false

    init(_ limits: AbuseLimits, strangers: StrangerCount, frames: FrameLimit) {
        self.limits = limits
        self.strangers = strangers
        self.frames = frames
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if strangers.come() > limits.strangersWithLongFrames {
            frames.bytes = Exchange.maximumLogin + Frame.headerLength
        }
        close(context, at: start + limits.firstFrame)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        strangers.go()
        timer?.cancel()
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if !hasSpoken {
            hasSpoken = true
            close(context, at: start + limits.logIn)
        }
        context.fireChannelRead(data)
    }

    func triggerUserOutboundEvent(
        context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?
    ) {
        guard event is LoggedIn else { return context.triggerUserOutboundEvent(event, promise: promise) }
        timer?.cancel()
        frames.bytes = Frame.maximumLength
        context.pipeline.syncOperations.removeHandler(self, promise: promise)
    }

    private func close(_ context: ChannelHandlerContext, at deadline: NIODeadline) {
        timer?.cancel()
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleTask(deadline: deadline) { bound.value.close(promise: nil) }
    }
}

/// How many links have not logged in yet.
final class StrangerCount: Sendable {
    private let count = Atomic(0)

    /// - Returns: how many there are, with the one that has come.
    func come() -> Int { count.add(1, ordering: .relaxed).newValue }
    func go() { count.subtract(1, ordering: .relaxed) }
}
