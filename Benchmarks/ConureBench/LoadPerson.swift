import Foundation
import MicroChatWire
import NIOCore
import NIOPosix

/// A person who talks to the bot over one long link, as fast as told, and notes when each answer comes.
///
/// It lives on its link's event loop, so that it takes as little as it can of the processors it shares with those who
/// are measured.
final class LoadPerson: ChannelInboundHandler {
    typealias InboundIn = Frame
    typealias OutboundOut = Frame

    private let name: String
    private let login: (clientKey: SymmetricKey, agreementKey: AgreementKey)
    private let loggedIn: EventLoopPromise<Void>
    private let done: EventLoopPromise<Talk>
    private var session: Session?
    private var syncKey = Data()
    private var isSyncing = false
    private var mustSyncAgain = false
    private var talk = Talk()
    private var sent: [ContinuousClock.Instant] = []
    private var expected = 0
    private var numbers = SequenceNumbers()
    /// Whether it answers what it gets, a page at a time, instead of noting when it came.
    private var isAnswering = false

    /// What one person's talk came to.
    struct Talk: Sendable {
        var begin = ContinuousClock.now
        var end = ContinuousClock.now
        /// How long each answer took, from its message.
        var latencies: [Duration] = []
    }

    /// What goes wrong ends the measurement: a person without answers would wait for ever.
    enum Failure: Error {
        case lostLink(String)
        case refused(String, ResultCode)
    }

    private init(_ name: String, loggedIn: EventLoopPromise<Void>, done: EventLoopPromise<Talk>) throws {
        self.name = name
        self.loggedIn = loggedIn
        self.done = done
        login = (SymmetricKey.random(), try AgreementKey())
    }

    /// A person on a link.
    struct Line: Sendable {
        fileprivate let person: NIOLoopBound<LoadPerson>
        fileprivate let channel: any Channel
        fileprivate let done: EventLoopFuture<Talk>
    }

    /// Connects and logs in.
    static func connect(_ name: String, password: String, key: RSAPublicKey, port: Int) async throws -> Line {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let (loggedIn, done) = (loop.makePromise(of: Void.self), loop.makePromise(of: Talk.self))
        return try await ClientBootstrap(group: loop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connect(host: "127.0.0.1", port: port)
            .flatMapThrowing { channel in
                let person = try LoadPerson(name, loggedIn: loggedIn, done: done)
                let pipeline = channel.pipeline.syncOperations
                try pipeline.addHandlers([
                    ByteToMessageHandler(FrameDecoder()), MessageToByteHandler(FrameEncoder()), person,
                ])
                let request = LoginRequest(
                    userName: name, password: try PasswordDigest(password: password),
                    clientKey: person.login.clientKey, publicKey: person.login.agreementKey.publicKey,
                    device: .init(), clientVersion: ClientVersion.classic)
                person.write(.manualAuth, try request.seal(for: key, keyVersion: 1), to: channel)
                channel.flush()
                return Line(
                    person: NIOLoopBound(person, eventLoop: loop), channel: channel, done: done.futureResult)
            }
            .flatMap { line in loggedIn.futureResult.map { line } }
            .get()
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(Failure.lostLink(name))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(error)
        context.close(promise: nil)
    }

    private func fail(_ error: any Error) {
        loggedIn.fail(error)
        done.fail(error)
    }

    // MARK: Talking

    fileprivate func say(_ text: String, to: String, over channel: any Channel) throws {
        sent.append(.now)
        var message = Microchat_OutgoingMessage()
        message.to = Microchat_StringBox(to)
        message.content = Data(text.utf8)
        message.type = 1
        message.createTime = UInt32(Date().timeIntervalSince1970)
        message.clientID = UInt32(sent.count)
        var request = Microchat_SendMessageRequest()
        request.count = 1
        request.messages = [message]
        try write(.newSendMessage, request.plaintext(), to: channel)
        channel.flush()
    }

    fileprivate func beginAnswering() { isAnswering = true }

    private func answer(_ items: [Microchat_SyncItem], over channel: any Channel) throws {
        var request = Microchat_SendMessageRequest()
        for item in items where item.kind == SyncItemKind.message.rawValue {
            let message = try Microchat_ChatMessage(plaintext: item.payload.bytes)
            guard message.type == MessageType.text.rawValue else { continue }
            sent.append(.now)
            var answer = Microchat_OutgoingMessage()
            answer.to = message.sender
            answer.content = Data("Hi \(message.sender.value), you said: \(message.content.value)".utf8)
            answer.type = 1
            answer.createTime = UInt32(Date().timeIntervalSince1970)
            answer.clientID = UInt32(sent.count)
            request.messages.append(answer)
        }
        request.count = UInt32(request.messages.count)
        if request.count > 0 { try write(.newSendMessage, request.plaintext(), to: channel) }
    }

    fileprivate func begin(expecting count: Int) {
        expected = count
        talk.begin = .now
    }

    // MARK: Listening

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        do {
            switch frame.command {
            case Command.manualAuth.answer:
                session =
                    try LoginAnswer(
                        opening: frame.body, clientKey: login.clientKey, agreementKey: login.agreementKey
                    ).session
                loggedIn.succeed()
            case .push: try sync(over: context.channel)
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
        request.scene = 1
        try write(.newSync, request.plaintext(), to: channel)
    }

    private func takePage(_ frame: Frame, over channel: any Channel) throws {
        guard case .plaintext(let plaintext, _) = try session?.openResponse(frame.body) else {
            throw Failure.refused(name, .badArgument)
        }
        let response = try Microchat_SyncResponse(plaintext: plaintext)
        talk.end = .now
        if isAnswering { try answer(response.items.items, over: channel) }
        for item in response.items.items
        where !isAnswering && item.kind == SyncItemKind.message.rawValue && talk.latencies.count < sent.count
        {
            talk.latencies.append(talk.end - sent[talk.latencies.count])
        }
        syncKey = response.syncKey
        isSyncing = false
        let report = try Report(key: MicroChatWire.SyncKey(envelope: Array(syncKey)))
        write(.report, try report.body(), to: channel)
        if mustSyncAgain || response.continueFlag != 0 { try sync(over: channel) }
        mustSyncAgain = false
        if expected > 0, talk.latencies.count >= expected { done.succeed(talk) }
    }

    private func write(_ call: Call, _ plaintext: [UInt8], to channel: any Channel) throws {
        guard let session, let command = call.command else { throw Failure.refused(name, .sessionGone) }
        write(
            command,
            try session.sealRequest(call.type, clientVersion: ClientVersion.classic, plaintext: plaintext),
            to: channel)
    }

    private func write(_ command: Command, _ body: ByteBuffer, to channel: any Channel) {
        channel.write(Frame(command: command, sequence: numbers.next(), body: body), promise: nil)
    }
}

extension LoadPerson.Line {
    /// Says so many things and waits for as many answers.
    ///
    /// - Parameters:
    ///   - pause: between two things; nil says all at once.
    ///   - delay: before the first.
    func talk(to bot: String, messages: Int, delay: Duration?, pause: Duration?) async throws
        -> LoadPerson.Talk
    {
        try await onLoop { $0.begin(expecting: messages) }
        if let delay { try await Task.sleep(for: delay) }
        if let pause {
            for number in 0..<messages {
                try await onLoop { try $0.say("hello number \(number)", to: bot, over: channel) }
                if number < messages - 1 { try await Task.sleep(for: pause) }
            }
        } else {
            try await onLoop { person in
                for number in 0..<messages {
                    try person.say("hello number \(number)", to: bot, over: channel)
                }
            }
        }
        return try await done.get()
    }

    /// From now on it answers all that it is told.
    func answerAll() async throws { try await onLoop { $0.beginAnswering() } }

    func close() async throws { try await channel.close() }

    private func onLoop(_ body: @escaping @Sendable (LoadPerson) throws -> Void) async throws {
        let person = person
        try await channel.eventLoop.submit { try body(person.value) }.get()
    }
}
