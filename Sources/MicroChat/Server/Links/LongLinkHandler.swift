import Logging
import MicroChatWire
import NIOCore
import NIOSSL

/// Serves one long link: answers frames in order, sends notices, and stops reading while the client is ahead of the
/// server or slow to read (MicroChat wire protocol, sections 4, 5, 8.4 and 12).
final class LongLinkHandler: ChannelDuplexHandler {
    typealias InboundIn = Frame
    typealias OutboundIn = Never
    typealias OutboundOut = Frame

    /// Requests of one link worked on at a time; more wait, and reading stops.
    private static let window = 16
    /// A client that leaves more than this unread is cut off.
    private static let maximumUnread = 8 << 20
    private static let momentBetweenNotices = TimeAmount.milliseconds(50)

    private let exchange: Exchange
    private let link: LongLink
    private let connections: Connections
    /// What a client is told to move to that logs in without TLS; nil if it may stay.
    private let order: CertificatePin?
    private var answers = AnswerQueue<Frame>()
    private var waiting = CircularBuffer<Frame>()
    private var pacing = NoticePacing()
    private var device: Device?
    private var isReadHeld = false
    private var isReading = false
    private var isWorking = false
    private var isClosing = false

    init(exchange: Exchange, link: LongLink, connections: Connections, order: CertificatePin? = nil) {
        self.exchange = exchange
        self.link = link
        self.connections = connections
        self.order = order
    }

    func channelInactive(context: ChannelHandlerContext) {
        isClosing = true
        waiting.removeAll()
        if let device { exchange.sessions.detach(link, from: device) }
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        exchange.logger.debug("long link broken", metadata: ["error": "\(error)"])
        close(context)
    }

    // MARK: Reading

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isClosing else { return }
        isReading = true
        waiting.append(unwrapInboundIn(data))
        work(context)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        isReading = false
        context.flush()
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        if waiting.isEmpty {
            context.read()
        } else {
            isReadHeld = true
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { work(context) }
        context.fireChannelWritabilityChanged()
    }

    /// Takes up as many waiting frames as the window and the client's appetite allow.
    private func work(_ context: ChannelHandlerContext) {
        // An answer that is ready at once comes back here; the loop below goes on by itself.
        if isWorking { return }
        isWorking = true
        defer { isWorking = false }
        while !isClosing, answers.count < Self.window, context.channel.isWritable,
            let frame = waiting.popFirst()
        {
            handle(frame, context)
        }
        if isReadHeld, waiting.isEmpty, !isClosing {
            isReadHeld = false
            context.read()
        }
    }

    private func handle(_ frame: Frame, _ context: ChannelHandlerContext) {
        switch frame.command {
        case .heartbeat, .identify:
            finish(answers.enqueue(), frame.answer(), context)
        case .report:
            guard let device, let report = try? Report(body: frame.body) else { return }
            exchange.report(report, from: device)
        default:
            guard let call = Exchange.commands[frame.command] else { return }
            let ticket = answers.enqueue()
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            exchange.answer(
                call, frame.body, from: link, at: ClientAddress(context.remoteAddress), on: context.eventLoop
            ) { outcome in
                let (handler, context) = bound.value
                handler.take(outcome, for: frame, ticket, context)
            }
        }
    }

    // MARK: Answering

    private func take(
        _ outcome: CallOutcome, for frame: Frame, _ ticket: AnswerQueue<Frame>.Ticket,
        _ context: ChannelHandlerContext
    ) {
        guard !isClosing else { return }
        switch outcome {
        case .packet(let packet):
            finish(ticket, frame.answer(body: packet), context)
        case .login(let packet, let session, let device):
            finish(ticket, frame.answer(body: packet), context)
            begin(session, on: device, context)
        case .sessionCall(let packet, let session, let device):
            finish(ticket, frame.answer(body: packet), context)
            if self.device == nil { resume(session, on: device, context) }
        case .undecodable:
            close(context)
        }
        work(context)
    }

    private func finish(
        _ ticket: AnswerQueue<Frame>.Ticket, _ answer: Frame, _ context: ChannelHandlerContext
    ) {
        for ready in answers.complete(ticket, with: answer) {
            context.write(wrapOutboundOut(ready), promise: nil)
        }
        flush(context)
    }

    private func begin(_ session: Session, on new: Device, _ context: ChannelHandlerContext) {
        if let device, device != new { exchange.sessions.detach(link, from: device) }
        guard exchange.sessions.attach(link, to: session, on: new) else {
            // Somebody else logged in to the account in the meantime.
            return quit(.loggedInElsewhere, context)
        }
        serve(session, on: new, context)
    }

    /// Takes over the notices of a session whose link is lost, or is not known to be lost yet
    /// (docs/protocol-extensions.md).
    private func resume(_ session: Session, on device: Device, _ context: ChannelHandlerContext) {
        if exchange.sessions.move(session, on: device, to: link) { serve(session, on: device, context) }
    }

    private func serve(_ session: Session, on new: Device, _ context: ChannelHandlerContext) {
        device = new
        connections.know(context.channel)
        context.triggerUserOutboundEvent(StrangerCloser.LoggedIn(), promise: nil)
        orderMove(session, context)
        pacing = NoticePacing()
        notice(pacing.itemWaits(.everything), context)
    }

    private func orderMove(_ session: Session, _ context: ChannelHandlerContext) {
        guard let order, let frame = try? Frame.moveToTLS(order, in: session) else { return }
        let tls = try? context.pipeline.syncOperations.handler(type: NIOSSLServerHandler.self)
        guard tls == nil else { return }
        context.write(wrapOutboundOut(frame), promise: nil)
        flush(context)
    }

    /// While frames are being read, one flush at the end serves all their answers.
    private func flush(_ context: ChannelHandlerContext) {
        guard !isReading else { return }
        context.flush()
        let unread = try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)
        if let unread, unread > Self.maximumUnread { close(context) }
    }

    // MARK: Notices

    func triggerUserOutboundEvent(
        context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?
    ) {
        guard let event = event as? LongLink.Event else {
            return context.triggerUserOutboundEvent(event, promise: promise)
        }
        switch event {
        case .itemWaits: notice(pacing.itemWaits(link.heard()), context)
        case .syncBegins(let kinds): pacing.syncBegins(kinds)
        case .quit(let reason): quit(reason, context)
        case .replaced: close(context)
        }
        promise?.succeed()
    }

    private func notice(_ action: NoticePacing.Action, _ context: ChannelHandlerContext) {
        guard !isClosing else { return }
        switch action {
        case .nothing: break
        case .send(let kinds) where context.channel.isWritable:
            context.write(wrapOutboundOut(.push(selector: pacing.body(for: kinds).rawValue)), promise: nil)
            flush(context)
        case .send(let kinds):
            // A client that does not read gets its notice when it does.
            notice(pacing.itemWaits(kinds), context)
        case .wait:
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            context.eventLoop.scheduleTask(in: Self.momentBetweenNotices) {
                let (handler, context) = bound.value
                handler.notice(handler.pacing.momentPassed(), context)
            }
        }
    }

    // MARK: Ending

    private func quit(_ reason: ResultCode, _ context: ChannelHandlerContext) {
        guard !isClosing else { return }
        context.write(wrapOutboundOut(.quit(reason: reason)), promise: nil)
        context.flush()
        close(context)
    }

    private func close(_ context: ChannelHandlerContext) {
        guard !isClosing else { return }
        isClosing = true
        waiting.removeAll()
        context.close(promise: nil)
    }
}
