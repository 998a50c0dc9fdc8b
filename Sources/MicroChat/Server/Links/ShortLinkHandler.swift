import Logging
import MicroChatWire
import NIOCore
import NIOHTTP1

/// Serves one short-link connection: each POST is a call (MicroChat wire protocol, section 2.2), and a GET may ask for
/// addresses (section 3.1).
final class ShortLinkHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    /// A request has to be there this soon, and a kept connection to be used again.
    private static let patience = TimeAmount.seconds(30)

    private let exchange: Exchange
    private let nameService: NameService
    private var head: HTTPRequestHead?
    private var body = ByteBuffer()
    private var isTooLong = false
    private var deadline: Scheduled<Void>?

    init(exchange: Exchange, nameService: NameService) {
        self.exchange = exchange
        self.nameService = nameService
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { startDeadline(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        startDeadline(context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        exchange.logger.debug("short link broken", metadata: ["error": "\(error)"])
        if error is HTTPParserError, head == nil {
            answer(.badRequest, ByteBuffer(), keepAlive: false, context)
        } else {
            context.close(promise: nil)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            let announced = head.headers.first(name: "content-length").flatMap { Int($0) } ?? 0
            if announced > ShortLink.maximumPacketLength {
                // There is no point in waiting for the rest of it.
                isTooLong = true
                deadline?.cancel()
                return answer(.badRequest, ByteBuffer(), keepAlive: false, context)
            }
            body.clear()
            isTooLong = false
            startDeadline(context)
            if head.headers[canonicalForm: "expect"].contains(where: { $0.lowercased() == "100-continue" }) {
                context.writeAndFlush(
                    wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .continue))),
                    promise: nil)
            }
        case .body(var part):
            if body.readableBytes + part.readableBytes > ShortLink.maximumPacketLength {
                // Nothing of it is kept; the answer comes at its end.
                isTooLong = true
                body = ByteBuffer()
            } else if !isTooLong {
                body.writeBuffer(&part)
            }
        case .end:
            deadline?.cancel()
            guard let head else { return }
            serve(head, context)
        }
    }

    private func serve(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let keepAlive = head.isKeepAlive
        if head.method == .GET, let digest = PictureAddresses.digest(inPath: head.uri) {
            return servePicture(digest, keepAlive: keepAlive, context)
        }
        let name = ShortLink.callName(inPath: head.uri)
        if name == AddressList.callName[...] { return giveAddresses(head, context) }
        guard let call = name.flatMap({ Exchange.names[String($0)] }) else {
            return answer(.notFound, ByteBuffer(), keepAlive: keepAlive, context)
        }
        guard head.method == .POST, !isTooLong else {
            return answer(.badRequest, ByteBuffer(), keepAlive: keepAlive, context)
        }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        exchange.answer(
            call, body, from: nil, at: ClientAddress(context.remoteAddress), on: context.eventLoop
        ) { outcome in
            let (handler, context) = bound.value
            switch outcome {
            case .packet(let packet), .sessionCall(let packet, _, _), .login(let packet, _, _):
                handler.answer(.ok, packet, keepAlive: keepAlive, context)
            case .undecodable:
                handler.answer(.badRequest, ByteBuffer(), keepAlive: keepAlive, context)
            }
        }
        body = ByteBuffer()
    }

    /// Serves a picture of a person or a room (docs/protocol-extensions.md).
    private func servePicture(_ digest: String, keepAlive: Bool, _ context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let loop = context.eventLoop
        exchange.picture(digest) { picture in
            loop.execute {
                let (handler, context) = bound.value
                guard let picture else {
                    return handler.answer(.notFound, ByteBuffer(), keepAlive: keepAlive, context)
                }
                // What is named by its digest never changes.
                handler.answer(
                    .ok, ByteBuffer(bytes: picture.bytes),
                    headers: [
                        "Content-Type": picture.contentType, "X-Content-Type-Options": "nosniff",
                        "Cache-Control": "public, max-age=31536000, immutable",
                    ], keepAlive: keepAlive, context)
            }
        }
    }

    private func giveAddresses(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard head.method == .GET else {
            return answer(.badRequest, ByteBuffer(), keepAlive: head.isKeepAlive, context)
        }
        answer(
            .ok, ByteBuffer(string: nameService.list(for: context.channel).xml),
            headers: ["Content-Type": AddressList.contentType], keepAlive: head.isKeepAlive, context)
    }

    private func answer(
        _ status: HTTPResponseStatus, _ packet: ByteBuffer, keepAlive: Bool, _ context: ChannelHandlerContext
    ) {
        answer(
            status, packet, headers: status == .ok ? Self.packetHeaders : [:], keepAlive: keepAlive, context)
    }

    private static let packetHeaders: HTTPHeaders = [
        "Content-Type": ShortLink.contentType, "Content-Disposition": ShortLink.contentDisposition,
    ]

    private func answer(
        _ status: HTTPResponseStatus, _ body: ByteBuffer, headers: HTTPHeaders, keepAlive: Bool,
        _ context: ChannelHandlerContext
    ) {
        guard context.channel.isActive else { return }
        head = nil
        var headers = headers
        headers.add(name: "Content-Length", value: String(body.readableBytes))
        headers.add(name: "Connection", value: keepAlive ? "keep-alive" : "close")
        let response = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
        context.write(wrapOutboundOut(.head(response)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        let sent = context.writeAndFlush(wrapOutboundOut(.end(nil)))
        // The same patience for a client that does not read its answer.
        startDeadline(context)
        if !keepAlive {
            let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
            sent.whenComplete { _ in bound.value.close(promise: nil) }
        }
    }

    private func startDeadline(_ context: ChannelHandlerContext) {
        deadline?.cancel()
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        deadline = context.eventLoop.scheduleTask(in: Self.patience) { bound.value.close(promise: nil) }
    }
}
