import BotKit
import Logging
import MicroChatGateway
import MicroChatWire
import NIOCore
import NIOPosix
import Synchronization

/// The long link of a server that says what a test tells it to, and remembers what it was asked.
final class ScriptedServer: Sendable {
    /// What it does about a frame.
    enum Reply {
        case frames([Frame])
        /// These, and then the link is gone.
        case last([Frame])
        case hangUp
    }

    private let key: RSAPrivateKey
    private let commands = Mutex<[Command]>([])
    private let script: @Sendable (ScriptedServer, Frame) -> Reply
    private let listener = Mutex<(any Channel)?>(nil)

    /// - Parameters:
    ///   - key: what it is known by; nil for one of its own.
    ///   - script: what to do about each frame but heartbeats, which are answered.
    init(
        key: RSAPrivateKey? = nil, _ script: @escaping @Sendable (ScriptedServer, Frame) -> Reply
    ) throws {
        self.key = try key ?? RSAPrivateKey.generate()
        self.script = script
    }

    /// What it was asked, without heartbeats.
    var asked: [Command] { commands.withLock { $0 } }

    /// An account on it. The short link leads nowhere.
    func account() async throws -> MicroChatAccount {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers(
                        ByteToMessageHandler(FrameDecoder()), MessageToByteHandler(FrameEncoder()),
                        Actor(server: self))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        listener.withLock { $0 = channel }
        var timing = Timing()
        timing.reconnect = [.milliseconds(5)]
        timing.resumption = .seconds(30)
        return MicroChatAccount(
            longLinks: [Endpoint(host: "127.0.0.1", port: channel.localAddress?.port ?? 0)], shortLinks: [],
            loginKey: key.publicKey, loginKeyVersion: 1, user: "bot",
            password: try PasswordDigest(password: "secret"), timing: timing)
    }

    func close() { listener.withLock { $0 }?.close(promise: nil) }

    /// The answer to a login.
    func answer(_ login: Frame, _ answer: LoginAnswer) -> Frame? {
        guard let packet = try? Packet(reading: login.body),
            let request = try? LoginRequest(opening: packet, with: key),
            let body = try? answer.seal(for: request)
        else { return nil }
        return login.answer(body: body)
    }

    /// A login that works, and the notice after it.
    func welcome(_ login: Frame, to session: Session, bindsLinks: Bool = true) -> Reply {
        let answer = answer(
            login,
            LoginAnswer(
                code: .ok, session: session, account: .named(session.wxid), bindsLinks: bindsLinks))
        return answer.map { .frames([$0, .push()]) } ?? .hangUp
    }

    fileprivate func reply(to frame: Frame) -> Reply {
        if frame.command == .heartbeat { return .frames([frame.answer()]) }
        commands.withLock { $0.append(frame.command) }
        return script(self, frame)
    }

    private final class Actor: ChannelInboundHandler {
        typealias InboundIn = Frame
        typealias OutboundOut = Frame

        private let server: ScriptedServer

        init(server: ScriptedServer) { self.server = server }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch server.reply(to: unwrapInboundIn(data)) {
            case .frames(let frames):
                for frame in frames { context.write(wrapOutboundOut(frame), promise: nil) }
                context.flush()
            case .last(let frames):
                for frame in frames { context.write(wrapOutboundOut(frame), promise: nil) }
                context.flush()
                context.close(promise: nil)
            case .hangUp: context.close(promise: nil)
            }
        }
    }
}

extension Microchat_LoginAccount {
    fileprivate static func named(_ wxid: String) -> Microchat_LoginAccount {
        var account = Microchat_LoginAccount()
        account.wxid = wxid
        account.nickName = "Bot"
        return account
    }
}

extension Session {
    static func test() -> Session {
        Session(uin: 7, cookie: .random(), key: .randomPrintable(), wxid: "wxid_bot")
    }

    /// A response that says yes.
    func yes(_ request: Frame) -> Frame? {
        guard let plaintext = try? Microchat_GetProfileResponse().plaintext(),
            let body = try? sealResponse(Call.getProfile.type, plaintext: plaintext)
        else { return nil }
        return request.answer(body: body)
    }

    /// A response that was damaged on its way.
    func damaged(_ request: Frame) -> Frame? {
        yes(request).map { answer in
            var body = answer.body
            let last = body.writerIndex - 1
            body.setInteger((body.getInteger(at: last, as: UInt8.self) ?? 0) ^ 0x5A, at: last)
            return request.answer(body: body)
        }
    }

    /// A response whose header says no.
    func no(_ request: Frame, _ code: ResultCode) -> Frame? {
        (try? Packet.refusal(code, type: Call.getProfile.type)).map { request.answer(body: $0) }
    }
}

/// Runs a gateway until `isOver` says so of what it has noticed, or it ends by itself.
func notices(
    of account: MicroChatAccount, memory: TestMemory,
    until isOver: @escaping @Sendable ([GatewayNotice]) -> Bool
) async throws -> [GatewayNotice] {
    let gateway = MicroChatGateway(
        account, memory: memory, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    let (stream, notice) = AsyncStream.makeStream(of: GatewayNotice.self)
    return try await withThrowingTaskGroup { group in
        group.addTask {
            defer { notice.finish() }
            try await gateway.run { notice.yield($0) }
        }
        var seen: [GatewayNotice] = []
        for await notice in stream {
            seen.append(notice)
            if isOver(seen) { break }
        }
        group.cancelAll()
        do {
            while try await group.next() != nil {}
        } catch is CancellationError {}
        return seen
    }
}
