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
        self.init(
            timing: account.timing, proxy: account.proxy, protection: account.protection,
            authorities: account.authorities)
    }

    init(
        timing: Timing, proxy: Proxy? = nil, protection: Protection = .cleartext,
        authorities: CertificateAuthorities = .system
    ) {
        self.timing = timing
        self.proxy = proxy
        self.protection = ProtectionInForce(protection)
        self.authorities = authorities
    }

    /// A tunnel and TLS have time-outs of their own, which say more than that it took too long.
    private static let grace = Duration.seconds(1)

    /// No address could be reached.
    struct Failure: Error {
        let reason: String
    }

    /// Connects to the first address that can be reached, trying several at a time (MicroChat wire protocol,
    /// section 2.1).
    ///
    /// - Parameters:
    ///   - candidates: in the order to try.
    ///   - link: what they are addresses of, for people.
    ///   - protecting: whether the account's TLS is for this; a name service has none.
    ///   - failed: told of each address that could not be reached.
    ///   - wrap: puts the link's own handlers into the pipeline. Called on the channel's loop.
    func connect<Output: Sendable>(
        to candidates: [Candidate], of link: String, protecting: Bool = true,
        failed: @Sendable (Endpoint) async -> Void = { _ in },
        wrap: @escaping @Sendable (any Channel) throws -> Output
    ) async throws -> (Output, Candidate) {
        let reasons = Mutex<[String]>([])
        let protection = protecting ? protection.current : .cleartext
        let won = await race(
            of: candidates.count, step: timing.connectStep, limit: timing.connect + Self.grace,
            clock: ContinuousClock()
        ) { index in
            let opening = Opening()
            return try await withTaskCancellationHandler {
                (output: try await attempt(candidates[index], protection, opening, wrap: wrap), opening)
            } onCancel: {
                opening.close()
            }
        } failed: { index, error in
            let endpoint = candidates[index].endpoint
            reasons.withLock { $0.append("cannot connect to \(endpoint): \(error)") }
            await failed(endpoint)
        } discard: { late in
            await late.1.closed()
        }
        if let won { return (won.output.output, candidates[won.winner]) }
        try Task.checkCancellation()
        throw Failure(
            reason: candidates.isEmpty
                ? "no address of the \(link) is known"
                : reasons.withLock { $0.joined(separator: "; ") })
    }

    private func attempt<Output: Sendable>(
        _ candidate: Candidate, _ protection: Protection, _ opening: Opening,
        wrap: @escaping @Sendable (any Channel) throws -> Output
    ) async throws -> Output {
        let endpoint = candidate.endpoint
        // A certificate vouches for the host that was asked for, whatever its address is today.
        let host = Endpoint(host: candidate.name ?? endpoint.host, port: endpoint.port)
        let first = proxy?.endpoint ?? endpoint
        let connected = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(TimeAmount(timing.connect))
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try opening.add(channel) }
            }
            .connect(host: first.host, port: first.port)
            .flatMapErrorThrowing { [proxy] error in
                guard let proxy else { throw error }
                throw WayFailure("cannot reach the proxy \(proxy.endpoint): \(WayFailure(error))")
            }
        // Each step follows the one before it on the channel's loop, at once, so that nothing that arrives is missed.
        let ready = connected.flatMap { channel -> EventLoopFuture<Output> in
            tunnel(channel, to: endpoint)
                .flatMap { secure(channel, to: host, by: protection) }
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
            return try await ready.get()
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
