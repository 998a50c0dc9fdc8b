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
    let notify: @Sendable (GatewayNotice) -> Void

    /// Why a connection is over.
    enum End: Error, Equatable {
        /// Reconnecting may help.
        case lost(reason: String)
        /// Only the owner can help.
        case stopped(reason: String)
        /// The next one will be inside TLS.
        case moved
    }

    private typealias Channel = NIOAsyncChannel<Frame, Frame>

    /// Connects, logs in and keeps the link until it ends. Always throws: an `End`, or `CancellationError`.
    ///
    /// - Parameter loggedIn: called after each login.
    func run(loggedIn: @escaping @Sendable () -> Void) async throws {
        let channel = try await connect()
        let clock = ContinuousClock()
        try await channel.executeThenClose { inbound, outbound in
            let exchange = Exchange(
                link: self, outbound: outbound,
                heartbeats: Heartbeats(
                    interval: account.timing.heartbeat, timeout: account.timing.heartbeatAnswer,
                    now: clock.now),
                loggedIn: loggedIn)
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
        /// Somebody else logged in: stop, without a fight.
        case stop(reason: String)
    }

    private struct State {
        var commands: AsyncStream<Command>.Continuation?
        /// Why there must be no further link.
        var stopReason: String?
    }

    private let state = Mutex(State())
    private let sequence = Mutex(SequenceNumbers())

    /// Why the account must not log in again by itself; nil if it may.
    var stopReason: String? { state.withLock { $0.stopReason } }

    /// The number of the next frame; they go on across connections.
    func nextSequence() -> UInt32 { sequence.withLock { $0.next() } }

    /// A link opens; it takes commands from here.
    func open() -> AsyncStream<Command> {
        let (stream, continuation) = AsyncStream.makeStream(of: Command.self, bufferingPolicy: .unbounded)
        state.withLock { $0.commands = continuation }
        return stream
    }

    func close() { state.withLock { $0.commands = nil } }

    /// Asks the open link. Without one only a stop is remembered: the next link logs in by itself, and what a report
    /// would have said the next newsync says too.
    func ask(_ command: Command) {
        state.withLock { state in
            if case .stop(let reason) = command { state.stopReason = reason }
            state.commands?.yield(command)
        }
    }
}
