import BotKit
import NIOCore

/// Asks a SOCKS 5 proxy for a way to the server.
struct SOCKSTunnel {
    let proxy: Proxy
    let timing: Timing

    /// What is then added to the pipeline talks to the server. Called on the channel's loop.
    func enter(_ channel: any Channel, to endpoint: Endpoint) -> EventLoopFuture<Void> {
        let done = channel.eventLoop.makePromise(of: Void.self)
        let conversation = SOCKSConversation(to: endpoint, as: proxy.credentials)
        do {
            try channel.pipeline.syncOperations.addHandler(Handler(conversation, done))
        } catch {
            done.fail(error)
        }
        return done.futureResult.within(
            timing.connect, on: channel, orElse: "the proxy gave no answer in time")
    }

    private final class Handler: ChannelInboundHandler, RemovableChannelHandler {
        typealias InboundIn = ByteBuffer
        typealias InboundOut = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private var conversation: SOCKSConversation
        private let done: EventLoopPromise<Void>
        private var buffer = ByteBuffer()

        init(_ conversation: SOCKSConversation, _ done: EventLoopPromise<Void>) {
            self.conversation = conversation
            self.done = done
        }

        func handlerAdded(context: ChannelHandlerContext) {
            context.writeAndFlush(wrapOutboundOut(conversation.greeting), promise: nil)
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var bytes = unwrapInboundIn(data)
            buffer.writeBuffer(&bytes)
            do throws(WayFailure) {
                while true {
                    switch try conversation.receive(&buffer) {
                    case .wait: return
                    case .send(let request): context.writeAndFlush(wrapOutboundOut(request), promise: nil)
                    case .established: return finish(context)
                    }
                }
            } catch {
                done.fail(error)
                context.close(promise: nil)
            }
        }

        private func finish(_ context: ChannelHandlerContext) {
            // Whoever waits adds handlers behind this one at once; they get what came with the answer.
            done.succeed()
            if buffer.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(buffer)) }
            context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            done.fail(WayFailure(error))
            context.close(promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) {
            done.fail(WayFailure("the proxy hung up without an answer"))
            context.fireChannelInactive()
        }
    }
}
