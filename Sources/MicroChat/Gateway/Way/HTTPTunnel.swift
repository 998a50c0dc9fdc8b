import BotKit
import Foundation
import NIOCore
import NIOExtras
import NIOHTTP1

/// Asks an HTTP proxy for a way to the server.
struct HTTPTunnel {
    let proxy: Proxy
    let timing: Timing

    /// What is then added to the pipeline talks to the server. Called on the channel's loop.
    func enter(_ channel: any Channel, to endpoint: Endpoint) -> EventLoopFuture<Void> {
        let done = channel.eventLoop.makePromise(of: Void.self)
        let encoder = HTTPRequestEncoder()
        let decoder = ByteToMessageHandler(HTTPResponseDecoder(leftOverBytesStrategy: .forwardBytes))
        let reader = RefusalReader(done)
        var headers: HTTPHeaders = ["Host": endpoint.description]
        if let credentials = proxy.credentials {
            let token = Data("\(credentials.user):\(credentials.password)".utf8).base64EncodedString()
            headers.add(name: "Proxy-Authorization", value: "Basic \(token)")
        }
        let connect = NIOHTTP1ProxyConnectHandler(
            targetHost: endpoint.host.contains(":") ? "[\(endpoint.host)]" : endpoint.host,
            targetPort: endpoint.port, headers: headers, deadline: .now() + TimeAmount(timing.connect),
            promise: done)
        do {
            try channel.pipeline.syncOperations.addHandlers([encoder, decoder, reader, connect])
        } catch {
            done.fail(error)
        }
        // Once the tunnel is open nothing of HTTP may be left in it.
        let bound = NIOLoopBound((encoder, decoder, reader), eventLoop: channel.eventLoop)
        return done.futureResult.flatMap {
            let pipeline = channel.pipeline.syncOperations
            let (encoder, decoder, reader) = bound.value
            return pipeline.removeHandler(reader).and(pipeline.removeHandler(encoder))
                .and(pipeline.removeHandler(decoder)).map { _ in }
        }
        .flatMapErrorThrowing { error in throw Self.failure(error) }
    }

    private static func failure(_ error: any Error) -> WayFailure {
        guard let error = error as? NIOHTTP1ProxyConnectHandler.Error else { return WayFailure(error) }
        switch error {
        case .httpProxyHandshakeTimeout(): return WayFailure("the proxy gave no answer in time")
        case .remoteConnectionClosed(), .channelUnexpectedlyInactive():
            return WayFailure("the proxy hung up without an answer")
        default: return WayFailure("the proxy's answer makes no sense")
        }
    }
}

/// Keeps what a proxy says when it refuses; the handler behind it only knows that it did.
private final class RefusalReader: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPClientResponsePart

    private let done: EventLoopPromise<Void>

    init(_ done: EventLoopPromise<Void>) { self.done = done }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .head(let head) = unwrapInboundIn(data), !(200..<300).contains(head.status.code) {
            let hint =
                head.status == .proxyAuthenticationRequired
                ? ": it wants a user and a password, or others" : ""
            done.fail(WayFailure("the proxy answered \(head.status.code) \(head.status.reasonPhrase)\(hint)"))
        }
        context.fireChannelRead(data)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if error is HTTPParserError { done.fail(WayFailure("it speaks no HTTP, as a proxy should")) }
        context.fireErrorCaught(error)
    }
}
