import BotKit
import MicroChatWire
import NIOCore
import NIOPosix
import Synchronization

/// Opens connections: the one place that knows how a byte reaches the server.
struct Connector: Sendable {
    let timing: Timing
    let proxy: Proxy?
    let protection: ProtectionInForce
    private let authorities: CertificateAuthorities

    init(_ account: MicroChatAccount) {
        timing = account.timing
        proxy = account.proxy
        protection = ProtectionInForce(account.protection)
        authorities = account.authorities
    }

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
        let protection = protection.current
        let opening = Opening()
        let first = proxy?.endpoint ?? endpoint
        let connected = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(TimeAmount(timing.connect))
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                opening.began(channel)
                return channel.eventLoop.makeSucceededVoidFuture()
            }
            .connect(host: first.host, port: first.port)
            .flatMapErrorThrowing { [proxy] error in
                guard let proxy else { throw error }
                throw WayFailure("cannot reach the proxy \(proxy.endpoint): \(WayFailure(error))")
            }
        // Each step follows the one before it on the channel's loop, at once, so that nothing that arrives is missed.
        let ready = connected.flatMap { channel -> EventLoopFuture<Output> in
            tunnel(channel, to: endpoint)
                .flatMap { secure(channel, to: endpoint, by: protection) }
                .flatMapThrowing { () -> Output in
                    let output = try wrap(channel)
                    if protection == .cleartext {
                        try channel.pipeline.syncOperations.addHandler(TLSAlertReader(), position: .first)
                    }
                    return output
                }
                .flatMapErrorThrowing { error -> Output in
                    channel.close(promise: nil)
                    throw error
                }
        }
        do {
            return try await withTaskCancellationHandler {
                try await ready.get()
            } onCancel: {
                opening.cancel()
            }
        } catch {
            throw WayFailure(error)
        }
    }

    private func tunnel(_ channel: any Channel, to endpoint: Endpoint) -> EventLoopFuture<Void> {
        guard let proxy else { return channel.eventLoop.makeSucceededVoidFuture() }
        let entered =
            switch proxy.kind {
            case .http: HTTPTunnel(proxy: proxy, timing: timing).enter(channel, to: endpoint)
            case .socks5: SOCKSTunnel(proxy: proxy, timing: timing).enter(channel, to: endpoint)
            }
        return entered.flatMapErrorThrowing { error in
            throw WayFailure("through the proxy \(proxy.endpoint): \(WayFailure(error))")
        }
    }

    private func secure(
        _ channel: any Channel, to endpoint: Endpoint, by protection: Protection
    ) -> EventLoopFuture<Void> {
        guard case .tls(let proof) = protection else { return channel.eventLoop.makeSucceededVoidFuture() }
        return TLSWay(proof: proof, authorities: authorities, timing: timing)
            .enter(channel, to: endpoint)
    }
}

/// A connection that is being made, so that whoever no longer wants it need not wait for its end.
private final class Opening: Sendable {
    private struct State {
        var channel: (any Channel)?
        var isCancelled = false
    }

    private let state = Mutex(State())

    func began(_ channel: any Channel) {
        let isCancelled = state.withLock { state in
            state.channel = channel
            return state.isCancelled
        }
        if isCancelled { channel.close(promise: nil) }
    }

    func cancel() {
        state.withLock { state -> (any Channel)? in
            state.isCancelled = true
            return state.channel
        }?.close(promise: nil)
    }
}
