import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// A connection to exactly one address, which was checked before, for one request.
///
/// There is no pool: a connection that rests could be closed by the other side just as a call leaves, and nobody would
/// know whether it arrived.
struct CheckedConnection {
    /// An answer, as far as it came.
    struct Answer: Sendable {
        let status: Int
        let retryAfter: String?
        /// At most 64 KiB.
        let body: [UInt8]
        /// Whether the body came as a whole, or up to the limit.
        let isWhole: Bool
    }

    /// How much of an answer is read.
    static let answerLimit = 64 * 1024

    private let target: WebhookTarget
    private let address: IPAddress
    private let connectTime: Duration
    private let progress: AttemptProgress

    init(target: WebhookTarget, address: IPAddress, connectTime: Duration, _ progress: AttemptProgress) {
        self.target = target
        self.address = address
        self.connectTime = connectTime
        self.progress = progress
    }

    /// Connects, sends and reads the answer.
    func send(_ headers: HTTPHeaders, body: String) async throws -> Answer {
        let client = HTTPClient(
            eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup.singleton),
            configuration: configuration)
        let outcome: Result<Answer, any Error>
        do {
            outcome = .success(try await send(headers, body: body, by: client))
        } catch {
            outcome = .failure(error)
        }
        try? await client.shutdown()
        return try outcome.get()
    }

    private func send(_ headers: HTTPHeaders, body: String, by client: HTTPClient) async throws -> Answer {
        var request = HTTPClientRequest(url: target.url.url)
        request.method = HTTPMethod(rawValue: target.method)
        request.headers = headers
        if !body.isEmpty || target.method != "GET" { request.body = .bytes(ByteBuffer(string: body)) }
        // The caller of all this keeps the time.
        let response = try await client.execute(request, deadline: .distantFuture)
        var bytes: [UInt8] = []
        var isWhole = true
        do {
            for try await part in response.body {
                bytes += part.readableBytesView.prefix(Self.answerLimit - bytes.count)
                if bytes.count == Self.answerLimit { break }
            }
        } catch {
            isWhole = false
        }
        return Answer(
            status: Int(response.status.code), retryAfter: response.headers.first(name: "Retry-After"),
            body: bytes, isWhole: isWhole)
    }

    private var configuration: HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.timeout.connect = TimeAmount(connectTime)
        // The name in the request and in the certificate stays the webhook's own; only the way there is given.
        configuration.dnsOverride = [target.url.host: address.description]
        configuration.http1_1ConnectionDebugInitializer = { [address, progress] channel in
            guard let text = channel.remoteAddress?.ipAddress, IPAddress(text) == address else {
                return channel.eventLoop.makeFailedFuture(ElsewhereError())
            }
            progress.connected()
            return channel.eventLoop.makeSucceededVoidFuture()
        }
        return configuration
    }

    /// The connection leads to another address than the one that was checked.
    private struct ElsewhereError: Error {}

    /// What a person should read, without anything of the request.
    static func reason(_ error: any Error) -> String {
        switch error {
        case let error as HTTPClientError: error.shortDescription.lowercased()
        case is NIOSSLError, is NIOSSLExtraError:
            "the certificate or the TLS of the other side is not good: \(error)"
        case is CancellationError: "cancelled"
        default: "\(error)"
        }
    }
}
