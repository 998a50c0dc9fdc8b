import MicroChatWire
import NIOCore
import NIOHTTP1
import NIOPosix

/// Opens the ports and puts the handlers behind them.
struct Listener {
    let group: any EventLoopGroup
    let exchange: Exchange
    let connections: Connections
    let limits: AbuseLimits

    /// A link without traffic is closed after this long, and not before (MicroChat wire protocol, section 5.1).
    private static let idleLimit = TimeAmount.seconds(660)

    func longLink(_ address: ServerConfiguration.Address) async throws -> any Channel {
        try await bind(address) { [exchange, connections, limits] channel in
            let handlers = channel.pipeline.syncOperations
            let frames = FrameLimit(Exchange.maximumLogin + Frame.headerLength)
            try handlers.addHandlers(
                IdleLinkCloser(after: Self.idleLimit), ByteToMessageHandler(FrameDecoder(limit: frames)),
                MessageToByteHandler(FrameEncoder()), StrangerCloser(limits, frames: frames),
                LongLinkHandler(
                    exchange: exchange, link: LongLink(channel: channel), connections: connections))
        }
    }

    func shortLink(_ address: ServerConfiguration.Address) async throws -> any Channel {
        try await bind(address) { [exchange] channel in
            try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: false)
            try channel.pipeline.syncOperations.addHandler(ShortLinkHandler(exchange: exchange))
        }
    }

    private func bind(
        _ address: ServerConfiguration.Address, serve: @escaping @Sendable (any Channel) throws -> Void
    ) async throws -> any Channel {
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            // A link keeps its buffer while it rests; one that is busy gets larger ones.
            .childChannelOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(minimum: 256, initial: 512, maximum: 65_536)
            )
            .childChannelInitializer { [connections] channel in
                channel.eventLoop.makeCompletedFuture {
                    guard connections.admit(channel) else { throw ChannelError.ioOnClosedChannel }
                    try serve(channel)
                }
            }
        do {
            return try await bootstrap.bind(host: address.host, port: address.port).get()
        } catch {
            let reason = (error as? IOError).map { String(describing: $0) } ?? "\(error)"
            throw ServerError.cannotListen(host: address.host, port: address.port, reason: reason)
        }
    }
}
