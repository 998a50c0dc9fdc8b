import BotKit
import MicroChatWire
import NIOCore
import NIOPosix
import Synchronization

/// Opens connections: the one place that knows how a byte reaches the server.
struct Connector: Sendable {
    let timing: Timing

    /// No address could be reached.
    struct Failure: Error {
        let reason: String
    }

    /// Connects to the first address that can be reached, trying several at a time (MicroChat wire protocol,
    /// section 2.1).
    ///
    /// - Parameters:
    ///   - endpoints: in the order to try.
    ///   - link: what they are addresses of, for people.
    ///   - failed: told of each address that could not be reached.
    ///   - wrap: puts the link's own handlers into the pipeline. Called on the channel's loop.
    func connect<Output: Sendable>(
        to endpoints: [Endpoint], of link: String, failed: @Sendable (Endpoint) async -> Void = { _ in },
        wrap: @escaping @Sendable (any Channel) throws -> Output
    ) async throws -> (Output, Endpoint) {
        let reasons = Mutex<[String]>([])
        let won = await race(
            of: endpoints.count, step: timing.connectStep, limit: timing.connect, clock: ContinuousClock()
        ) { index in
            let opening = Opening()
            return try await withTaskCancellationHandler {
                (output: try await attempt(endpoints[index], opening, wrap: wrap), opening)
            } onCancel: {
                opening.close()
            }
        } failed: { index, error in
            reasons.withLock { $0.append("cannot connect to \(endpoints[index]): \(error)") }
            await failed(endpoints[index])
        } discard: { late in
            await late.1.closed()
        }
        if let won { return (won.output.output, endpoints[won.winner]) }
        try Task.checkCancellation()
        throw Failure(
            reason: endpoints.isEmpty
                ? "no address of the \(link) is known"
                : reasons.withLock { $0.joined(separator: "; ") })
    }

    private func attempt<Output: Sendable>(
        _ endpoint: Endpoint, _ opening: Opening, wrap: @escaping @Sendable (any Channel) throws -> Output
    ) async throws -> Output {
        try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.nanoseconds(timing.connect.microseconds * 1000))
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connect(host: endpoint.host, port: endpoint.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try opening.add(channel)
                    return try wrap(channel)
                }
            }
    }
}

/// The channels of one attempt to connect, so that an attempt that is not wanted any more ends at once.
final class Opening: Sendable {
    private struct State {
        var channels: [any Channel] = []
        var isClosed = false
    }

    private let state = Mutex(State())

    /// Takes in a channel, before anything else is done with it.
    func add(_ channel: any Channel) throws {
        try state.withLock { state in
            if state.isClosed { throw CancellationError() }
            state.channels.append(channel)
        }
    }

    /// Closes all, and lets none open any more.
    @discardableResult
    func close() -> [any Channel] {
        let channels = state.withLock { state in
            state.isClosed = true
            return state.channels
        }
        for channel in channels { channel.close(promise: nil) }
        return channels
    }

    /// Closes all, and returns when they are.
    func closed() async {
        for channel in close() { try? await channel.closeFuture.get() }
    }
}
