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
    let connector: Connector
    let memory: SessionMemory
    let heartbeats: HeartbeatMemory
    let clock: any WallClock
    let notify: @Sendable (GatewayNotice) -> Void

    /// Why a connection is over.
    enum End: Error, Equatable {
        /// Reconnecting may help.
        case lost(reason: String)
        /// The network did not carry it; reconnecting may help.
        case poor(reason: String)
        /// Somebody else logged in: no fight.
        case kicked
        /// Only the owner can help.
        case stopped(reason: String)
        /// Only the owner can help, and needs this ticket for it.
        case textMessageCheck(ticket: [UInt8], reason: String)
    }

    /// Why there is no session any more, after a kick.
    static let elsewhere = "logged in elsewhere: end the other login and start again"

    private typealias Channel = NIOAsyncChannel<Frame, Frame>

    /// Connects, gets a session and keeps the link until it ends. Always throws: an `End`, or `CancellationError`.
    ///
    /// - Parameter attempt: told how it goes.
    func run(_ attempt: ReconnectWaits.Attempt) async throws {
        let channel = try await connect()
        try await channel.executeThenClose { inbound, outbound in
            let exchange = Exchange(link: self, outbound: outbound, attempt: attempt)
            let commands = outlet.open()
            defer { outlet.close() }
            try await exchange.sendHeartbeat()
            try await withThrowingTaskGroup { group in
                group.addTask {
                    for try await frame in inbound { try exchange.receive(frame) }
                    throw End.lost(reason: "the server closed the long link")
                }
                group.addTask { try await exchange.beat() }
                group.addTask { try await exchange.converse(commands) }
                // The first to fail ends the connection.
                while try await group.next() != nil {}
            }
        }
    }

    private func connect() async throws -> Channel {
        do {
            return try await connector.connect(to: account.longLinks, of: "long link") { channel in
                let pipeline = channel.pipeline.syncOperations
                try pipeline.addHandler(ByteToMessageHandler(FrameDecoder()))
                try pipeline.addHandler(MessageToByteHandler(FrameEncoder()))
                return try Channel(wrappingChannelSynchronously: channel)
            }.0
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
