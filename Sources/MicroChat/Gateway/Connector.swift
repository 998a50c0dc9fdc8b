import BotKit
import MicroChatWire
import NIOCore
import NIOPosix

/// Opens connections: the one place that knows how a byte reaches the server.
struct Connector: Sendable {
    let timing: Timing

    /// No address could be reached.
    struct Failure: Error {
        let reason: String
    }

    /// Connects to the first address that can be reached.
    ///
    /// - Parameters:
    ///   - endpoints: in the order to try.
    ///   - link: what they are addresses of, for people.
    ///   - wrap: puts the link's own handlers into the pipeline. Called on the channel's loop.
    func connect<Output: Sendable>(
        to endpoints: [Endpoint], of link: String, wrap: @escaping @Sendable (any Channel) throws -> Output
    ) async throws -> (Output, Endpoint) {
        var reason = "no address of the \(link) is configured"
        for endpoint in endpoints {
            do {
                return (try await attempt(endpoint, wrap: wrap), endpoint)
            } catch {
                try Task.checkCancellation()
                reason = "cannot connect to \(endpoint): \(error)"
            }
        }
        throw Failure(reason: reason)
    }

    private func attempt<Output: Sendable>(
        _ endpoint: Endpoint, wrap: @escaping @Sendable (any Channel) throws -> Output
    ) async throws -> Output {
        try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.nanoseconds(timing.connect.microseconds * 1000))
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connect(host: endpoint.host, port: endpoint.port) { channel in
                channel.eventLoop.makeCompletedFuture { try wrap(channel) }
            }
    }
}
