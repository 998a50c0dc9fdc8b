import Foundation
import NIOCore
import NIOPosix
import Synchronization

/// The ways to a server's two links.
struct Roads: Sendable {
    let long: FaultyNetwork
    let short: FaultyNetwork

    init(to site: Site) async throws {
        long = try await .before(site.longLinkPort)
        short = try await .before(site.shortLinkPort)
    }

    func close() async {
        await long.close()
        await short.close()
    }
}

/// A piece of network between clients and one port of a server, that can be made as bad as networks are.
final class FaultyNetwork: Sendable {
    /// What happens to bytes on their way.
    struct Conditions: Sendable {
        /// How long each piece takes.
        var delay = TimeAmount.zero
        /// The largest piece that arrives at once; nil for whatever came.
        var piece: Int?
        /// Whether only what the server says comes late and in pieces.
        var sparesRequests = false
        /// Nothing arrives, nobody is told, and connections that tried do not recover.
        var isStalled = false
        /// Connections are closed as soon as they are made.
        var isRefusing = false
    }

    private struct State {
        var conditions = Conditions()
        var pairs: [ObjectIdentifier: Pair] = [:]
        var connections = 0
        /// A connection ends after so many more bytes from the server; nil for never. Once.
        var cutAfter: Int?
    }

    private let state = Mutex(State())
    private let listener: any Channel
    let port: Int

    /// Opens a port that leads to `port` of this machine.
    static func before(_ port: Int) async throws -> FaultyNetwork {
        let box = Mutex<FaultyNetwork?>(nil)
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { channel in
                guard let network = box.withLock({ $0 }) else { return channel.close() }
                return network.accept(channel, leadingTo: port)
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let network = try FaultyNetwork(listener)
        box.withLock { $0 = network }
        return network
    }

    private init(_ listener: any Channel) throws {
        self.listener = listener
        port = listener.localAddress?.port ?? 0
    }

    /// How many connections have been made so far.
    var connections: Int { state.withLock { $0.connections } }

    var conditions: Conditions {
        get { state.withLock { $0.conditions } }
        set { state.withLock { $0.conditions = newValue } }
    }

    /// Ends the connection that is the first to get so many more bytes from the server; nil calls that off.
    func cut(afterBytes count: Int?) { state.withLock { $0.cutAfter = count } }

    /// Whether a cut that was asked for has been made.
    var hasCut: Bool { state.withLock { $0.cutAfter == nil } }

    /// Ends every connection that there is.
    func cutAll() {
        for pair in state.withLock({ Array($0.pairs.values) }) { pair.close() }
    }

    func close() async {
        try? await listener.close()
        cutAll()
    }

    /// A connection on both sides.
    private final class Pair: Sendable {
        let client: any Channel
        let server: any Channel

        init(client: any Channel, server: any Channel) {
            self.client = client
            self.server = server
        }

        func close() {
            client.close(promise: nil)
            server.close(promise: nil)
        }
    }

    private func accept(_ client: any Channel, leadingTo port: Int) -> EventLoopFuture<Void> {
        let isRefusing = state.withLock { state in
            state.connections += 1
            return state.conditions.isRefusing
        }
        if isRefusing { return client.close() }
        return ClientBootstrap(group: client.eventLoop)
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelOption(.autoRead, value: false)
            .connect(host: "127.0.0.1", port: port)
            .flatMap { server in
                client.eventLoop.makeCompletedFuture {
                    let pair = Pair(client: client, server: server)
                    self.state.withLock { $0.pairs[ObjectIdentifier(pair)] = pair }
                    try client.pipeline.syncOperations.addHandler(
                        Carrier(to: server, network: self, isFromServer: false))
                    try server.pipeline.syncOperations.addHandler(
                        Carrier(to: client, network: self, isFromServer: true))
                    client.closeFuture.and(server.closeFuture).whenComplete { _ in
                        self.state.withLock { _ = $0.pairs.removeValue(forKey: ObjectIdentifier(pair)) }
                    }
                    for channel in [client, server] {
                        channel.setOption(.autoRead, value: true).whenFailure { _ in pair.close() }
                    }
                }
            }
            .flatMapError { _ in client.close() }
    }

    /// How much of a piece from the server may still arrive; nil for all of it.
    fileprivate func allowance(for bytes: Int) -> Int? {
        state.withLock { state in
            guard let left = state.cutAfter else { return nil }
            guard bytes >= left else {
                state.cutAfter = left - bytes
                return nil
            }
            state.cutAfter = nil
            return left
        }
    }
}

/// Carries what one side says to the other, in order.
private final class Carrier: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let other: any Channel
    private let network: FaultyNetwork
    private let isFromServer: Bool
    private var earliest = NIODeadline.now()
    /// Something of this connection was lost, so nothing after it can arrive.
    private var isDead = false

    init(to other: any Channel, network: FaultyNetwork, isFromServer: Bool) {
        self.other = other
        self.network = network
        self.isFromServer = isFromServer
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        var isCut = false
        if isFromServer, let allowed = network.allowance(for: bytes.readableBytes) {
            bytes = bytes.readSlice(length: allowed) ?? bytes
            isCut = true
        }
        let conditions = network.conditions
        isDead = isDead || conditions.isStalled
        if isDead { return }
        let isSpared = conditions.sparesRequests && !isFromServer
        let most = isSpared ? .max : conditions.piece ?? .max
        while let piece = bytes.readSlice(length: min(most, bytes.readableBytes)), piece.readableBytes > 0 {
            carry(piece, after: isSpared ? .zero : conditions.delay, context)
        }
        if isCut { end(context) }
    }

    private func carry(_ piece: ByteBuffer, after delay: TimeAmount, _ context: ChannelHandlerContext) {
        guard delay > .zero || earliest > .now() else {
            other.writeAndFlush(piece, promise: nil)
            return
        }
        // Slow pieces follow each other, and nothing overtakes them.
        earliest = max(.now(), earliest) + delay
        let other = other
        context.eventLoop.scheduleTask(deadline: earliest) { other.writeAndFlush(piece, promise: nil) }
    }

    private func end(_ context: ChannelHandlerContext) {
        // What is still on its way arrives before the end does.
        let other = other
        context.eventLoop.scheduleTask(deadline: earliest) { other.close(promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) { end(context) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
