import Foundation
import MicroChatWire
import NIOCore
import NIOPosix
import Synchronization

/// A person who talks to the bot over one long link, as fast as told, and notes when each answer comes.
final class LoadPerson: Sendable {
    private let name: String
    private let channel: NIOAsyncChannel<Frame, Frame>
    private let sequence = Mutex(SequenceNumbers())
    private let state = Mutex(State())

    private struct State {
        var session: Session?
        var key: [UInt8] = []
        var isSyncing = false
        var mustSyncAgain = false
        var sent: [ContinuousClock.Instant] = []
        var answered: [Duration] = []
        var expected = 0
        var whenDone: CheckedContinuation<Void, Never>?
        var whenLoggedIn: CheckedContinuation<Void, Never>?
        var login: (SymmetricKey, AgreementKey)?
    }

    init(_ name: String, port: Int) async throws {
        self.name = name
        channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ByteToMessageHandler(FrameDecoder()))
                    try channel.pipeline.syncOperations.addHandler(MessageToByteHandler(FrameEncoder()))
                    return try NIOAsyncChannel(wrappingChannelSynchronously: channel)
                }
            }
    }

    /// Logs in, then calls `body` while frames are taken in.
    func run(password: String, key: RSAPublicKey, _ body: @escaping @Sendable (Speaker) async throws -> Void)
        async throws
    {
        try await channel.executeThenClose { inbound, outbound in
            try await withThrowingTaskGroup { group in
                group.addTask {
                    do {
                        for try await frame in inbound { try await self.take(frame, outbound) }
                    } catch is CancellationError {
                    } catch {
                        // Without its reader a person would wait for ever.
                        fatalError("\(self.name) lost the link: \(error)")
                    }
                }
                let login = (SymmetricKey.random(), try AgreementKey())
                let request = LoginRequest(
                    userName: name, password: try PasswordDigest(password: password), clientKey: login.0,
                    publicKey: login.1.publicKey, device: .init(), clientVersion: ClientVersion.classic)
                state.withLock { $0.login = login }
                try await outbound.write(numbered(.manualAuth, try request.seal(for: key, keyVersion: 1)))
                await withCheckedContinuation { continuation in
                    state.withLock { $0.whenLoggedIn = continuation }
                }
                try await body(Speaker(person: self, outbound: outbound))
                group.cancelAll()
            }
        }
    }

    /// Who a person is while connected.
    struct Speaker: Sendable {
        let person: LoadPerson
        let outbound: NIOAsyncChannelOutboundWriter<Frame>

        func say(_ text: String, to: String) async throws {
            try await outbound.write(person.message(text, to: to))
        }

        /// Returns once `count` answers have come in all.
        func answers(_ count: Int) async {
            await withCheckedContinuation { continuation in
                let isDone = person.state.withLock { state in
                    state.expected = count
                    guard state.answered.count < count else { return true }
                    state.whenDone = continuation
                    return false
                }
                if isDone { continuation.resume() }
            }
        }

        /// How long each answer took, from its message.
        var latencies: [Duration] { person.state.withLock { $0.answered } }
    }

    private func message(_ text: String, to: String) throws -> Frame {
        let (session, number) = state.withLock { state in
            state.sent.append(.now)
            return (state.session, state.sent.count)
        }
        var message = Microchat_OutgoingMessage()
        message.to = Microchat_StringBox(to)
        message.content = Data(text.utf8)
        message.type = 1
        message.createTime = UInt32(Date().timeIntervalSince1970)
        message.clientID = UInt32(number)
        var request = Microchat_SendMessageRequest()
        request.count = 1
        request.messages = [message]
        return try self.request(.newSendMessage, request.plaintext(), session)
    }

    private func take(_ frame: Frame, _ outbound: NIOAsyncChannelOutboundWriter<Frame>) async throws {
        switch frame.command {
        case Command.manualAuth.answer: try logIn(frame)
        case .push: try await sync(outbound)
        case Command.newSync.answer: try await takePage(frame, outbound)
        default: break
        }
    }

    private func logIn(_ frame: Frame) throws {
        let continuation = try state.withLock { state in
            guard let (clientKey, agreementKey) = state.login else { return state.whenLoggedIn }
            state.session = try LoginAnswer(
                opening: frame.body, clientKey: clientKey, agreementKey: agreementKey
            ).session
            return state.whenLoggedIn
        }
        continuation?.resume()
    }

    private func sync(_ outbound: NIOAsyncChannelOutboundWriter<Frame>) async throws {
        let (session, key): (Session?, [UInt8]) = state.withLock { state in
            guard !state.isSyncing else {
                state.mustSyncAgain = true
                return (nil, [])
            }
            state.isSyncing = true
            return (state.session, state.key)
        }
        guard let session else { return }
        var request = Microchat_SyncRequest()
        request.selector = 7
        request.syncKey = Data(key)
        request.scene = 1
        try await outbound.write(self.request(.newSync, request.plaintext(), session))
    }

    private func takePage(_ frame: Frame, _ outbound: NIOAsyncChannelOutboundWriter<Frame>) async throws {
        guard let session = state.withLock({ $0.session }),
            case .plaintext(let plaintext, _) = try session.openResponse(frame.body)
        else { return }
        let response = try Microchat_SyncResponse(plaintext: plaintext)
        let now = ContinuousClock.now
        let answers = response.items.items.count { $0.kind == SyncItemKind.message.rawValue }
        let (again, done) = state.withLock { state in
            for _ in 0..<answers where state.answered.count < state.sent.count {
                state.answered.append(now - state.sent[state.answered.count])
            }
            state.key = Array(response.syncKey)
            state.isSyncing = false
            defer { state.mustSyncAgain = false }
            guard state.expected > 0, state.answered.count >= state.expected else {
                return (
                    state.mustSyncAgain || response.continueFlag != 0,
                    nil as CheckedContinuation<Void, Never>?
                )
            }
            defer { state.whenDone = nil }
            return (state.mustSyncAgain || response.continueFlag != 0, state.whenDone)
        }
        let report = try Report(key: MicroChatWire.SyncKey(envelope: Array(response.syncKey)))
        try await outbound.write(numbered(.report, try report.body()))
        done?.resume()
        if again { try await sync(outbound) }
    }

    private func request(_ call: Call, _ plaintext: [UInt8], _ session: Session?) throws -> Frame {
        guard let session, let command = call.command else { throw WireError.login }
        return numbered(
            command,
            try session.sealRequest(call.type, clientVersion: ClientVersion.classic, plaintext: plaintext))
    }

    private func numbered(_ command: Command, _ body: ByteBuffer) -> Frame {
        Frame(command: command, sequence: sequence.withLock { $0.next() }, body: body)
    }
}
