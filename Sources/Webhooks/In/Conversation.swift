import HTTPTypes
import HummingbirdCore
import NIOCore

/// One request and its answer on a connection, with an end to every wait.
struct Conversation {
    /// Thrown to close the connection once the answer has left.
    struct Close: Error {}

    let request: Request
    let channel: any Channel
    let limits: WebhookLimits

    /// Reads the body, up to the limit. It can be read once.
    func body() async throws -> [UInt8] {
        try await withDeadline(limits.transferTime) {
            var bytes: [UInt8] = []
            var rest = 0
            for try await part in request.body {
                if rest == 0, bytes.count + part.readableBytes <= limits.body {
                    bytes += part.readableBytesView
                } else {
                    rest += part.readableBytes
                    if rest > limits.body { break }
                }
            }
            guard rest == 0 else { throw Refusal.tooLarge(limits.body) }
            // A connection that ends early can look like a body that does.
            if let length = request.headers[.contentLength], Int(length) != bytes.count { throw Close() }
            guard channel.isActive else { throw Close() }
            return bytes
        }
    }

    /// Whether the caller waits for a word before it sends the body (RFC 9110, section 10.1.1).
    var isAskedToContinue: Bool { request.headers[.expect]?.lowercased() == "100-continue" }

    /// Writes the answer.
    ///
    /// - Parameter isLast: whether the connection shall end, since what follows on it is the rest of an unread body.
    @concurrent
    func answer(
        _ outcome: Result<HTTPResponse.Status, Refusal>, isLast: Bool, _ writer: consuming ResponseWriter
    ) async throws {
        var fields = HTTPFields()
        if isLast { fields[.connection] = "close" }
        var body = ResponseBody()
        let status: HTTPResponse.Status
        switch outcome {
        case .success(let taken):
            status = taken
            if status != .noContent { fields[.contentLength] = "0" }
        case .failure(let refusal):
            status = refusal.status
            for (name, value) in refusal.headers { fields[name] = value }
            let text = ByteBuffer(string: refusal.reason + "\n")
            fields[.contentType] = "text/plain; charset=utf-8"
            fields[.contentLength] = "\(text.readableBytes)"
            if request.method != .head { body = ResponseBody(byteBuffer: text) }
        }
        let timer = deadline(limits.transferTime)
        defer { timer.cancel() }
        try await writer.write(response: HTTPResponse(status: status, headerFields: fields), body: body)
    }

    /// Reads and forgets the body of a call that was refused without it: to close a socket with bytes unread would make
    /// the system forget the answer.
    func drain() async throws {
        // Who waits for a word, and got "no", sends nothing.
        if isAskedToContinue { return }
        try await withDeadline(min(limits.transferTime, .seconds(2))) {
            var count = 0
            for try await part in request.body {
                count += part.readableBytes
                if count > limits.body { return }
            }
        }
    }

    private func withDeadline<Value>(
        _ limit: Duration, _ work: () async throws -> Value
    ) async throws -> Value {
        let timer = deadline(limit)
        defer { timer.cancel() }
        return try await work()
    }

    /// Closes the connection when time is up, which ends whatever waits for it.
    private func deadline(_ limit: Duration) -> Scheduled<Void> {
        channel.eventLoop.scheduleTask(in: TimeAmount(limit)) { [channel] in
            channel.close(promise: nil)
        }
    }
}
