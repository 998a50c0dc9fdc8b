import NIOCore

/// Closes a link on which nothing has arrived or left for too long. One timer a link, not one a frame.
final class IdleLinkCloser: ChannelDuplexHandler {
    typealias InboundIn = NIOAny
    typealias OutboundIn = NIOAny

    private let limit: TimeAmount
    private var lastTraffic = NIODeadline.now()
    private var timer: Scheduled<Void>?

    init(after limit: TimeAmount) { self.limit = limit }

    func handlerAdded(context: ChannelHandlerContext) {
        lastTraffic = .now()
        schedule(context)
    }

    func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        lastTraffic = .now()
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        lastTraffic = .now()
        context.write(data, promise: promise)
    }

    private func schedule(_ context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleTask(deadline: lastTraffic + limit) {
            let (closer, context) = bound.value
            if closer.lastTraffic + closer.limit <= .now() {
                context.close(promise: nil)
            } else {
                closer.schedule(context)
            }
        }
    }
}
