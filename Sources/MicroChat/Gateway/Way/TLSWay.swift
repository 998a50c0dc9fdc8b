import BotKit
import Glibc
import MicroChatWire
import NIOCore
import NIOSSL
import NIOTLS
import Synchronization

/// Puts a connection inside TLS.
struct TLSWay: Sendable {
    let proof: Protection.ServerProof
    let authorities: CertificateAuthorities
    let timing: Timing

    /// Shakes hands; what is then added to the pipeline is inside. Called on the channel's loop.
    ///
    /// - Parameter endpoint: what the server was asked for as, whatever way leads there.
    func enter(_ channel: any Channel, to endpoint: Endpoint) -> EventLoopFuture<Void> {
        let done = channel.eventLoop.makePromise(of: Void.self)
        do {
            let objection = Objection()
            let name = endpoint.isIPAddress ? nil : endpoint.host
            let tls = try NIOSSLClientHandler(context: Self.context.get(), serverHostname: name) {
                [self] chain, verdict in
                let reason = self.objection(to: chain, of: endpoint.host)
                objection.say(reason)
                verdict.succeed(reason == nil ? .certificateVerified : .failed)
            }
            try channel.pipeline.syncOperations.addHandlers(tls, HandshakeWatch(done, objection))
        } catch {
            done.fail(error)
        }
        let limit = timing.connect
        return done.futureResult.within(
            limit, on: channel, orElse: "the TLS handshake was not done within \(limit)")
    }

    /// Its own proof stands in for the library's.
    private static let context = Result {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv13
        configuration.certificateVerification = .noHostnameVerification
        configuration.trustRoots = .certificates([])
        // A server that is gone does not say good-bye.
        configuration.shutdownTimeout = .seconds(1)
        return try NIOSSLContext(configuration: configuration)
    }

    private func objection(to chain: [NIOSSLCertificate], of host: String) -> String? {
        guard let certificates = try? chain.map({ try $0.toDERBytes() }), let first = certificates.first,
            let shown = try? CertificatePin(certificate: first)
        else { return "the server showed no certificate that can be read" }
        switch proof {
        case .authority: return authorities.objection(to: certificates, host: host)
        case .pin(shown): return nil
        case .pin(let wanted):
            return "the server's certificate has the SHA-256 \(shown), and only \(wanted) is trusted"
        }
    }
}

/// What is wrong with a server's certificate, on its way from the one callback that knows to the one that tells.
private final class Objection: Sendable {
    private let text = Mutex<String?>(nil)

    func say(_ reason: String?) { text.withLock { $0 = reason } }
    var reason: String? { text.withLock { $0 } }
}

/// Waits for the end of a handshake.
private final class HandshakeWatch: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny

    private let done: EventLoopPromise<Void>
    private let objection: Objection

    init(_ done: EventLoopPromise<Void>, _ objection: Objection) {
        self.done = done
        self.objection = objection
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        context.fireUserInboundEventTriggered(event)
        guard case .handshakeCompleted? = event as? TLSUserEvent else { return }
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
        done.succeed()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Who does not read to the end before it closes resets the connection.
        let isReset = (error as? IOError)?.errnoCode == ECONNRESET
        let reason = objection.reason ?? (isReset ? WayFailure.hungUpInHandshake : nil)
        done.fail(reason.map { WayFailure($0) } ?? WayFailure(error))
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        done.fail(WayFailure(WayFailure.hungUpInHandshake))
        context.fireChannelInactive()
    }
}

/// Recognises a server that refuses everything but TLS: it answers the first bytes without it by an alert.
final class TLSAlertReader: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        guard !bytes.readableBytesView.starts(with: [21, 3]) else {
            context.fireErrorCaught(
                WayFailure("the server takes nothing but TLS: see `tls` in the rules file"))
            return context.close(promise: nil)
        }
        context.fireChannelRead(data)
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }
}
