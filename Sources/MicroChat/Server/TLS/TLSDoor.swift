import NIOCore
import NIOSSL
import NIOTLS

/// Stands first on every connection of a server that speaks TLS, and tells by the first byte whether the client does:
/// a TLS handshake begins with 16 hex, a frame with 0, HTTP with a letter. Then it is gone.
final class TLSDoor: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// What the door of a port knows.
    struct Policy: Sendable {
        let certificate: ServerCertificate
        let servesCleartext: Bool
        let handshakeLimit: TimeAmount
    }

    private static let handshake: UInt8 = 22
    /// A fatal alert, "unexpected message" (RFC 8446, section 6): every TLS client, and ours without TLS, understands.
    private static let refusal: [UInt8] = [21, 3, 3, 0, 2, 2, 10]

    private let policy: Policy
    private var deadline: Scheduled<Void>?

    init(_ policy: Policy) { self.policy = policy }

    func handlerAdded(context: ChannelHandlerContext) {
        // Where frames are served a client may say nothing for long; where they are not it must begin at once.
        guard !policy.servesCleartext else { return }
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        deadline = context.eventLoop.scheduleTask(in: policy.handshakeLimit) {
            bound.value.close(promise: nil)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) { deadline?.cancel() }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        guard let first = bytes.readableBytesView.first else { return }
        let pipeline = context.pipeline.syncOperations
        if first == Self.handshake {
            do {
                let tls = NIOSSLServerHandler(context: policy.certificate.context)
                try pipeline.addHandler(tls, position: .after(self))
                try pipeline.addHandler(HandshakeDeadline(policy.handshakeLimit), position: .after(tls))
            } catch {
                return context.close(promise: nil)
            }
        } else if !policy.servesCleartext {
            let refused = context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: Self.refusal)))
            let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
            return refused.whenComplete { _ in bound.value.close(promise: nil) }
        }
        context.fireChannelRead(data)
        pipeline.removeHandler(context: context, promise: nil)
    }
}

/// Closes a connection whose TLS handshake is not done in time, however slowly it goes on.
private final class HandshakeDeadline: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny

    private let limit: TimeAmount
    private var timer: Scheduled<Void>?

    init(_ limit: TimeAmount) { self.limit = limit }

    func handlerAdded(context: ChannelHandlerContext) {
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleTask(in: limit) { bound.value.close(promise: nil) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        context.fireUserInboundEventTriggered(event)
        guard case .handshakeCompleted? = event as? TLSUserEvent else { return }
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }
}
