import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

@testable import Webhooks

/// Somebody else's webhook: answers each request as it is told to, and remembers it.
final class TestWebhook: Sendable {
    /// What it does with a request.
    enum Reply: Sendable {
        /// Sends this and goes on.
        case send(String)
        /// Sends this and closes.
        case sendAndClose(String)
        /// Never says anything.
        case silence
    }

    private let state = Mutex((replies: [Reply](), requests: [String]()))
    let channel: any Channel

    var port: Int { channel.localAddress?.port ?? 0 }
    var requests: [String] { state.withLock { $0.requests } }

    /// - Parameter replies: one for each request; the last for all further ones.
    static func run<Value: Sendable>(
        _ replies: Reply..., tls: NIOSSLContext? = nil, body: (TestWebhook) async throws -> Value
    ) async throws -> Value {
        let holder = Mutex<TestWebhook?>(nil)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls))
                    }
                    try channel.pipeline.syncOperations.addHandler(
                        RequestHandler { request in holder.withLock { $0 }?.next(request) ?? .silence })
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let webhook = TestWebhook(channel)
        webhook.state.withLock { $0.replies = replies }
        holder.withLock { $0 = webhook }
        do {
            let value = try await body(webhook)
            try await channel.close()
            return value
        } catch {
            try? await channel.close()
            throw error
        }
    }

    private init(_ channel: any Channel) { self.channel = channel }

    private func next(_ request: String) -> Reply {
        state.withLock { state in
            state.requests.append(request)
            return (state.replies.count > 1 ? state.replies.removeFirst() : state.replies.first) ?? .silence
        }
    }
}

/// Collects a request and asks what to do with it.
private final class RequestHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var text = ""
    private let reply: (String) -> TestWebhook.Reply

    init(_ reply: @escaping @Sendable (String) -> TestWebhook.Reply) { self.reply = reply }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        text += String(buffer: unwrapInboundIn(data))
        guard let end = text.firstRange(of: "\r\n\r\n"),
            let length = Int(TestAnswer(text).header("Content-Length") ?? "0"),
            text[end.upperBound...].utf8.count >= length
        else { return }
        let request = text
        text = ""
        switch reply(request) {
        case .send(let answer):
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
        case .sendAndClose(let answer):
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
            context.close(promise: nil)
        case .silence: break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

/// An answer with a body of the length it has.
func answer(_ status: String, _ headers: [String] = [], _ body: String = "") -> String {
    (["HTTP/1.1 \(status)"] + headers + ["Content-Length: \(body.utf8.count)"]).joined(separator: "\r\n")
        + "\r\n\r\n" + body
}
