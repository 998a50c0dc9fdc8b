import BotKit
import NIOCore
import NIOHTTP1
import NIOPosix

/// Answers every HTTP request in one way.
final class SimpleHTTPServer: Sendable {
    private let channel: any Channel

    init(status: HTTPResponseStatus = .ok, body: ByteBuffer) async throws {
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(
                        Answerer(status: status, body: body))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    convenience init(status: HTTPResponseStatus = .ok, body: String) async throws {
        try await self.init(status: status, body: ByteBuffer(string: body))
    }

    var endpoint: Endpoint { Endpoint(host: "127.0.0.1", port: channel.localAddress?.port ?? 0) }

    func close() { channel.close(promise: nil) }

    private final class Answerer: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let status: HTTPResponseStatus
        private let body: ByteBuffer

        init(status: HTTPResponseStatus, body: ByteBuffer) {
            self.status = status
            self.body = body
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard case .end = unwrapInboundIn(data) else { return }
            let head = HTTPResponseHead(
                version: .http1_1, status: status, headers: ["Content-Length": "\(body.readableBytes)"])
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}
