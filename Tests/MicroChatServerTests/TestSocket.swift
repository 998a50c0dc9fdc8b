import MicroChatServer
import NIOCore
import NIOPosix

/// A TCP connection as a test sees it: bytes go out, bytes come in.
final class TestSocket {
    private let channel: any Channel
    private let incoming: AsyncStream<ByteBuffer>
    private(set) var buffer = ByteBuffer()

    /// - Parameter source: the address to come from, if it matters.
    init(_ address: ServerConfiguration.Address, from source: String? = nil) async throws {
        let (incoming, continuation) = AsyncStream.makeStream(of: ByteBuffer.self)
        self.incoming = incoming
        var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        if let source { bootstrap = bootstrap.bind(to: try SocketAddress(ipAddress: source, port: 0)) }
        channel =
            try await bootstrap
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Collector(continuation: continuation))
                }
            }
            .connect(host: address.host, port: address.port).get()
    }

    deinit { channel.close(promise: nil) }

    func write(_ bytes: ByteBuffer) async throws { try await channel.writeAndFlush(bytes).get() }
    func close() async { try? await channel.close().get() }

    /// Waits for bytes until `parse` gives something; nil if the other side closes first.
    func read<Value>(_ parse: (inout ByteBuffer) throws -> Value?) async throws -> Value? {
        while true {
            if let value = try parse(&buffer) { return value }
            var iterator = incoming.makeAsyncIterator()
            guard var more = await iterator.next() else { return nil }
            buffer.writeBuffer(&more)
        }
    }

    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        let continuation: AsyncStream<ByteBuffer>.Continuation

        init(continuation: AsyncStream<ByteBuffer>.Continuation) { self.continuation = continuation }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            continuation.yield(unwrapInboundIn(data))
        }
        func channelInactive(context: ChannelHandlerContext) { continuation.finish() }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
