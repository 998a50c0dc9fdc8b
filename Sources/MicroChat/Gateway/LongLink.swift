import BotKit
import Logging
import MicroChatWire
import NIOCore
import Synchronization

/// One connection of the long link, from connecting to its end (MicroChat wire protocol, sections 4, 5 and 8).
struct LongLink: Sendable {
    let account: MicroChatAccount
    let sessions: SessionKeeper
    let outlet: LongLinkOutlet
    let route: Route
    let memory: SessionMemory
    let heartbeats: HeartbeatMemory
    let clock: any WallClock
    let notify: @Sendable (GatewayNotice) -> Void

    /// Why a connection is over.
    enum End: Error, Equatable {
        /// Reconnecting may help.
        case lost(reason: String)
        /// The login was sent to other addresses, which are known by now.
        case redirected
        /// This is a backup address, and a usual one works again.
        case usualAddressWorks
        /// The network did not carry it; reconnecting may help.
        case poor(reason: String)
        /// Somebody else logged in: no fight.
        case kicked
        /// Only the owner can help.
        case stopped(reason: String)
        /// The next one will be inside TLS.
        case moved
        /// Only the owner can help, and needs this ticket for it.
        case textMessageCheck(ticket: [UInt8], reason: String)

        fileprivate var isLoss: Bool {
            switch self {
            case .lost, .poor: true
            default: false
            }
        }
    }

    /// Why there is no session any more, after a kick.
    static let elsewhere = "logged in elsewhere: end the other login and start again"

    /// Why there is no session, of an account without a password.
    static let noPassword =
        "there is no session and no password to log in with: stop the bot and use `conure login --qr`"
    /// Why there is no long link, of such an account.
    static let unbound =
        "the server gives the session no new long link, and there is no password to log in with; messages are "
        + "fetched every 90 seconds until the bot is stopped and `conure login --qr` used"

    private typealias Channel = NIOAsyncChannel<Frame, Frame>

    /// Connects, gets a session and keeps the link until it ends. Always throws: an `End`, or `CancellationError`.
    ///
    /// - Parameter attempt: told how it goes.
    func run(_ attempt: ReconnectWaits.Attempt) async throws {
        let (channel, candidate) = try await connect()
        do {
            try await talk(over: channel, at: candidate, attempt)
        } catch {
            // An address where there is a listener, and no session, is no better than a dead one.
            let isLost = !(error is End) || (error as? End)?.isLoss == true
            if isLost, !Task.isCancelled, !attempt.hasSucceeded { await route.failed(candidate) }
            throw error
        }
    }

    private func talk(
        over channel: Channel, at candidate: Candidate, _ attempt: ReconnectWaits.Attempt
    ) async throws {
        try await channel.executeThenClose { inbound, outbound in
            let exchange = Exchange(link: self, candidate: candidate, outbound: outbound, attempt: attempt)
            let commands = outlet.open()
            defer { outlet.close() }
            try await exchange.sendHeartbeat()
            try await withThrowingTaskGroup { group in
                group.addTask {
                    for try await frame in inbound { try await exchange.receive(frame) }
                    throw End.lost(reason: "the server closed the long link")
                }
                group.addTask { try await exchange.beat() }
                group.addTask { try await exchange.converse(commands) }
                if candidate.isBackup {
                    group.addTask {
                        try await route.waitForNormal(every: account.timing.backupCheck)
                        throw End.usualAddressWorks
                    }
                }
                // The first to fail ends the connection.
                while try await group.next() != nil {}
            }
        }
    }

    private func connect() async throws -> (Channel, Candidate) {
        do {
            return try await route.connect { channel in
                let pipeline = channel.pipeline.syncOperations
                try pipeline.addHandler(ByteToMessageHandler(FrameDecoder()))
                try pipeline.addHandler(MessageToByteHandler(FrameEncoder()))
                return try Channel(wrappingChannelSynchronously: channel)
            }
        } catch let failure as Connector.Failure {
            throw End.lost(reason: failure.reason)
        }
    }
}

/// How calls reach the link that is open just now, if one is.
final class LongLinkOutlet: Sendable {
    /// What the link can be asked to do.
    enum Command: Sendable {
        /// Tell the server what is stored.
        case report(MicroChatWire.SyncKey)
        /// The server forgot the session: log in again.
        case logIn
        /// The session has another cookie: keep it.
        case keepSession
        /// The server's answers can't be read: connect anew.
        case reconnect
        /// Somebody else logged in: stop, without a fight.
        case kicked
    }

    private struct State {
        var commands: AsyncStream<Command>.Continuation?
        var isKicked = false
    }

    private let state = Mutex(State())
    private let sequence = Mutex(SequenceNumbers())

    /// Whether there must be no further link: somebody else logged in.
    var isKicked: Bool { state.withLock { $0.isKicked } }

    /// The number of the next frame; they go on across connections.
    func nextSequence() -> UInt32 { sequence.withLock { $0.next() } }

    /// A link opens; it takes commands from here.
    func open() -> AsyncStream<Command> {
        let (stream, continuation) = AsyncStream.makeStream(of: Command.self, bufferingPolicy: .unbounded)
        state.withLock { $0.commands = continuation }
        return stream
    }

    func close() { state.withLock { $0.commands = nil } }

    /// Asks the open link. Without one only a kick is remembered: the next link gets a session by itself, what a report
    /// would have said the next newsync says too, and an old cookie costs a login.
    func ask(_ command: Command) {
        state.withLock { state in
            if case .kicked = command { state.isKicked = true }
            state.commands?.yield(command)
        }
    }
}
