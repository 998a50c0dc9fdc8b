import NIOCore
import NIOPosix
import NIOSSL

/// Why a connection could not be made or kept, in one line for people.
struct WayFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }

    /// What an error of one of the libraries means.
    init(_ error: any Error) {
        switch error {
        case let failure as WayFailure: self = failure
        case let error as NIOConnectionError: self.init(Self.words(for: error))
        case NIOSSLError.handshakeFailed(let error): self.init(Self.words(for: error))
        case NIOSSLError.uncleanShutdown: self.init("the other side was gone without a word")
        case ChannelError.connectTimeout(let limit):
            self.init("no answer within \(Duration(limit))")
        case is ChannelError: self.init("the connection was closed")
        default: self.init("\(error)")
        }
    }

    /// The other side has closed, or reset, a connection during its TLS handshake.
    static let hungUpInHandshake = "it hung up during the TLS handshake; perhaps it speaks no TLS"

    private static func words(for error: NIOConnectionError) -> String {
        if let failure = error.connectionErrors.last { return WayFailure(failure.error).description }
        return "the name \(error.host) is not known here"
    }

    private static func words(for error: BoringSSLError) -> String {
        if case .sslError(let stack) = error, stack.contains(.eofDuringHandshake) {
            return hungUpInHandshake
        }
        // BoringSSL names what it met only in a text.
        let text = "\(error)"
        if text.contains("WRONG_VERSION_NUMBER") || text.contains("HTTP_REQUEST") {
            return "it speaks no TLS"
        }
        if text.contains("PROTOCOL_VERSION") { return "it speaks no TLS 1.3" }
        return "the TLS handshake failed: \(text)"
    }
}

extension EventLoopFuture where Value: Sendable {
    /// Fails, and closes the channel, if there is no result in time.
    func within(
        _ limit: Duration, on channel: any Channel, orElse reason: String
    ) -> EventLoopFuture<Value> {
        let promise = eventLoop.makePromise(of: Value.self)
        let timer = eventLoop.scheduleTask(in: TimeAmount(limit)) {
            promise.fail(WayFailure(reason))
            channel.close(promise: nil)
        }
        whenComplete { result in
            timer.cancel()
            promise.completeWith(result)
        }
        return promise.futureResult
    }
}
