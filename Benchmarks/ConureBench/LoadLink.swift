import Foundation
import MicroChatWire
import NIOCore
import NIOPosix

/// One long link of many: logs in, and then rests, sends, or receives. It lives on its link's event loop, like
/// `LoadPerson`, and knows as little as it can.
final class LoadLink: ChannelInboundHandler {
    typealias InboundIn = Frame
    typealias OutboundOut = Frame

    private let keys: (client: SymmetricKey, agreement: AgreementKey)
    private let loggedIn: EventLoopPromise<Void>
    private var session: Session?
    private var syncKey = Data()
    private var numbers = SequenceNumbers()
    private var isSyncing = false
    private var mustSyncAgain = false
    private var job: Job?

    /// What it does after its login.
    struct Job {
        enum Kind {
            /// Sends so many messages in requests of `batch`, the next when the last is answered.
            case send(to: String, batch: Int)
            /// Receives so many.
            case receive
            /// Sends one heartbeat.
            case beat
        }

        let kind: Kind
        var left: Int
        let done: EventLoopPromise<[Duration]>
        /// How long each message took, of those received.
        var latencies: [Duration] = []
    }

    enum Failure: Error {
        case lostLink, refused
    }

    private init(loggedIn: EventLoopPromise<Void>) throws {
        self.loggedIn = loggedIn
        keys = (.random(), try AgreementKey())
    }

    /// A link that has logged in.
    struct Line: Sendable {
        fileprivate let link: NIOLoopBound<LoadLink>
        let channel: any Channel
    }

    /// Connects from an address of this machine, so that no address runs out of ports, and logs in.
    static func connect(_ name: String, number: Int, to server: BenchServer) async throws -> Line {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let loggedIn = loop.makePromise(of: Void.self)
        let (key, source) = (server.key, try SocketAddress(ipAddress: "127.0.0.\(1 + number % 8)", port: 0))
        return try await ClientBootstrap(group: loop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .bind(to: source)
            .connect(host: "127.0.0.1", port: server.port)
            .flatMapThrowing { channel in
                let link = try LoadLink(loggedIn: loggedIn)
                try channel.pipeline.syncOperations.addHandlers([
                    ByteToMessageHandler(FrameDecoder()), MessageToByteHandler(FrameEncoder()), link,
                ])
                let request = LoginRequest(
                    userName: name, password: try PasswordDigest(password: BenchServer.password),
                    clientKey: link.keys.client, publicKey: link.keys.agreement.publicKey, device: .init(),
                    clientVersion: ClientVersion.classic)
                link.write(.manualAuth, try request.seal(for: key, keyVersion: 1), to: channel)
                channel.flush()
                return Line(link: NIOLoopBound(link, eventLoop: loop), channel: channel)
            }
            .flatMap { line in loggedIn.futureResult.map { line } }
            .get()
    }

    func channelInactive(context: ChannelHandlerContext) { fail(Failure.lostLink) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(error)
        context.close(promise: nil)
    }

    private func fail(_ error: any Error) {
        loggedIn.fail(error)
        job?.done.fail(error)
    }

    // MARK: Working

    fileprivate func begin(_ job: Job, over channel: any Channel) throws {
        self.job = job
        switch job.kind {
        case .send: try sendNext(over: channel)
        case .receive: try sync(over: channel)
        case .beat: channel.write(Frame.heartbeat, promise: nil)
        }
        channel.flush()
    }

    private func sendNext(over channel: any Channel) throws {
        guard case .send(let to, let batch)? = job?.kind, let left = job?.left, left > 0 else {
            job?.done.succeed([])
            return
        }
        var request = Microchat_SendMessageRequest()
        for number in 0..<min(batch, left) {
            var message = Microchat_OutgoingMessage()
            message.to = Microchat_StringBox(to)
            // When it was sent, for who receives it: both live in this process.
            message.content = Data("\(ContinuousClock.now.sinceBoot)".utf8)
            message.type = 1
            message.createTime = UInt32(Date().timeIntervalSince1970)
            message.clientID = UInt32(left - number)
            request.messages.append(message)
        }
        request.count = UInt32(request.messages.count)
        job?.left -= request.messages.count
        try write(.newSendMessage, request.plaintext(), to: channel)
    }

    // MARK: Listening

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        do {
            switch frame.command {
            case Command.manualAuth.answer:
                session =
                    try LoginAnswer(
                        opening: frame.body, clientKey: keys.client, agreementKey: keys.agreement
                    ).session
                if session == nil { throw Failure.refused }
                loggedIn.succeed()
            case Command.newSendMessage.answer: try sendNext(over: context.channel)
            case Command.heartbeat.answer: if case .beat? = job?.kind { job?.done.succeed([]) }
            // Whoever only rests leaves its notices be, like whoever only sends.
            case .push: if case .receive? = job?.kind { try sync(over: context.channel) }
            case Command.newSync.answer: try takePage(frame, over: context.channel)
            default: break
            }
        } catch {
            fail(error)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) { context.flush() }

    private func sync(over channel: any Channel) throws {
        guard !isSyncing else {
            mustSyncAgain = true
            return
        }
        isSyncing = true
        var request = Microchat_SyncRequest()
        request.selector = 7
        request.syncKey = syncKey
        try write(.newSync, request.plaintext(), to: channel)
    }

    private func takePage(_ frame: Frame, over channel: any Channel) throws {
        guard case .plaintext(let plaintext, _) = try session?.openResponse(frame.body) else {
            throw Failure.refused
        }
        let response = try Microchat_SyncResponse(plaintext: plaintext)
        let now = ContinuousClock.now.sinceBoot
        for item in response.items.items where item.kind == SyncItemKind.message.rawValue {
            let message = try Microchat_ChatMessage(plaintext: item.payload.bytes)
            job?.latencies.append(.nanoseconds(now - (Int64(message.content.value) ?? now)))
        }
        syncKey = response.syncKey
        isSyncing = false
        write(.report, try Report(key: SyncKey(envelope: Array(syncKey))).body(), to: channel)
        if mustSyncAgain || response.continueFlag != 0 { try sync(over: channel) }
        mustSyncAgain = false
        if let job, job.latencies.count >= job.left { job.done.succeed(job.latencies) }
    }

    private func write(_ call: Call, _ plaintext: [UInt8], to channel: any Channel) throws {
        guard let session, let command = call.command else { throw Failure.refused }
        let packet = try session.sealRequest(
            call.type, clientVersion: ClientVersion.classic, plaintext: plaintext)
        write(command, packet, to: channel)
    }

    private func write(_ command: Command, _ body: ByteBuffer, to channel: any Channel) {
        channel.write(Frame(command: command, sequence: numbers.next(), body: body), promise: nil)
    }
}

extension LoadLink.Line {
    /// Does a job; gives how long each received message took.
    @discardableResult
    func run(_ kind: LoadLink.Job.Kind, count: Int = 1) async throws -> [Duration] {
        let done = channel.eventLoop.makePromise(of: [Duration].self)
        let (link, channel) = (link, channel)
        try await channel.eventLoop.submit {
            try link.value.begin(.init(kind: kind, left: count, done: done), over: channel)
        }.get()
        return try await done.futureResult.get()
    }
}

extension ContinuousClock.Instant {
    /// Nanoseconds since some moment that is the same in all of this process.
    fileprivate var sinceBoot: Int64 {
        let time = LoadLink.start.duration(to: self).components
        return time.seconds * 1_000_000_000 + time.attoseconds / 1_000_000_000
    }
}

extension LoadLink {
    fileprivate static let start = ContinuousClock.now
}
