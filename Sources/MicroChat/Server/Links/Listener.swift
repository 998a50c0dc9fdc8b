import MicroChatWire
import NIOCore
import NIOHTTP1
import NIOPosix

/// Opens the ports and puts the handlers behind them.
struct Listener {
    let group: any EventLoopGroup
    let exchange: Exchange
    let connections: Connections
    let tls: TLSSettings
    /// What is shown inside TLS; nil if nobody asks for that.
    let certificate: ServerCertificate?
    let limits: AbuseLimits
    private let strangers = StrangerCount()

    /// A link without traffic is closed after this long, and not before (MicroChat wire protocol, section 5.1).
    private static let idleLimit = TimeAmount.seconds(660)
    /// A link keeps its buffer while it rests; one that is busy gets larger ones.
    private static let smallBuffers = AdaptiveRecvByteBufferAllocator(
        minimum: 256, initial: 512, maximum: 65_536)

    func longLink(_ address: ServerConfiguration.Address) async throws -> any Channel {
        let order = tls.mode == .upgrade ? certificate?.pin : nil
        return try await bind(address, receiveBuffers: Self.smallBuffers) {
            [exchange, connections, limits, strangers] channel in
            let handlers = channel.pipeline.syncOperations
            let frames = FrameLimit(Frame.maximumLength)
            try handlers.addHandlers(
                IdleLinkCloser(after: Self.idleLimit), ByteToMessageHandler(FrameDecoder(limit: frames)),
                MessageToByteHandler(FrameEncoder()),
                StrangerCloser(limits, strangers: strangers, frames: frames),
                LongLinkHandler(
                    exchange: exchange, link: LongLink(channel: channel), connections: connections,
                    order: order))
        }
    }

    /// - Parameter nameService: what answers those who ask this port for addresses.
    func shortLink(
        _ address: ServerConfiguration.Address, _ nameService: NameService
    ) async throws -> any Channel {
        try await bind(address) { [exchange] channel in
            try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: false)
            try channel.pipeline.syncOperations.addHandler(
                ShortLinkHandler(exchange: exchange, nameService: nameService))
        }
    }

    private func bind(
        _ address: ServerConfiguration.Address,
        receiveBuffers: AdaptiveRecvByteBufferAllocator = AdaptiveRecvByteBufferAllocator(),
        serve: @escaping @Sendable (any Channel) throws -> Void
    ) async throws -> any Channel {
        let policy = try policy(at: address)
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelOption(.recvAllocator, value: receiveBuffers)
            .childChannelInitializer { [connections] channel in
                channel.eventLoop.makeCompletedFuture {
                    guard connections.admit(channel) else { throw ChannelError.ioOnClosedChannel }
                    try serve(channel)
                    if let policy {
                        try channel.pipeline.syncOperations.addHandler(TLSDoor(policy), position: .first)
                    }
                }
            }
        do {
            return try await bootstrap.bind(host: address.host, port: address.port).get()
        } catch {
            let reason = (error as? IOError).map { String(describing: $0) } ?? "\(error)"
            throw ServerError.cannotListen(host: address.host, port: address.port, reason: reason)
        }
    }

    private func policy(at address: ServerConfiguration.Address) throws -> TLSDoor.Policy? {
        let servesCleartext = try tls.servesCleartext(at: address)
        return certificate.map { certificate in
            TLSDoor.Policy(
                certificate: certificate, servesCleartext: servesCleartext,
                handshakeLimit: TimeAmount(tls.handshakeLimit))
        }
    }
}
