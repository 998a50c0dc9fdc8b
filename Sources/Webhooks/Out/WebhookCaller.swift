import AsyncHTTPClient
package import BotKit
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// Calls somebody else's webhooks.
///
/// A call is one attempt; what becomes of it is the outbox's to decide, by the `GatewayError`. Redirects are not
/// followed, and no address is connected to that was not checked.
package final class WebhookCaller: Sendable {
    private let targets: Mutex<[String: WebhookTarget]>
    private let userAgent: String
    private let resolver: any HostResolver
    private let clock: any WallClock

    /// A caller of these webhooks.
    ///
    /// - Parameters:
    ///   - targets: by the names that the rules file gives them.
    ///   - version: Conure's own, for `User-Agent`.
    package init(
        targets: [String: WebhookTarget], version: String, resolver: any HostResolver = SystemResolver(),
        clock: any WallClock = SystemClock()
    ) {
        self.targets = Mutex(targets)
        userAgent = "Conure/\(version)"
        self.resolver = resolver
        self.clock = clock
    }

    /// Calls by other descriptions from the next call on.
    package func replace(_ targets: [String: WebhookTarget]) { self.targets.withLock { $0 = targets } }

    /// Makes one attempt.
    ///
    /// - Parameter key: names the call; the same at every attempt, so that whoever is called can tell a repetition. 1 to
    ///   255 visible characters of ASCII.
    /// - Returns: the answer, if its status is one of success.
    /// - Throws: `retry` if it did not arrive, or the other side could not deal with it now; `unknown` if it left and no
    ///   whole answer came; `refused` for good.
    package func call(_ request: WebhookRequest, key: String) async throws(GatewayError) -> WebhookAnswer {
        guard let target = targets.withLock({ $0[request.webhook] }) else {
            throw .refused(reason: "There is no webhook with the name \(request.webhook).")
        }
        guard WebhookTarget.isHeaderValue(key), (1...255).contains(key.utf8.count),
            WebhookTarget.isHeaderValue(request.contentType)
        else { throw .refused(reason: "The key or the media type cannot stand in a header.") }
        let progress = AttemptProgress()
        let outcome = await withDeadline(target.timeout) { [self] in
            await attempt(request, key, target, progress)
        }
        switch outcome {
        case .success(let answer): return answer
        case .failure(let error): throw error
        case nil: throw progress.failure("no answer within \(target.timeout)")
        }
    }

    private func attempt(
        _ request: WebhookRequest, _ key: String, _ target: WebhookTarget, _ progress: AttemptProgress
    ) async -> Result<WebhookAnswer, GatewayError> {
        let addresses: [IPAddress]
        do {
            addresses = try await permittedAddresses(of: target)
        } catch {
            return .failure(error)
        }
        guard let call = headers(request, key, target) else {
            return .failure(.retry(reason: "The call could not be signed."))
        }
        var reason = "no address"
        for address in addresses {
            let connection = CheckedConnection(
                target: target, address: address, connectTime: target.timeout / addresses.count, progress)
            do {
                let answer = try await connection.send(call, body: request.body)
                return AnswerSorting.result(of: answer, now: clock.now)
            } catch {
                reason = CheckedConnection.reason(error)
                // Another address is only tried while nothing can have been sent.
                if progress.mayHaveLeft || Task.isCancelled { break }
            }
        }
        return .failure(progress.failure(reason))
    }

    /// The host's addresses that may be called, three at most.
    func permittedAddresses(of target: WebhookTarget) async throws(GatewayError) -> [IPAddress] {
        let host = target.url.host
        let all =
            if let literal = IPAddress(host) { [literal] } else { await resolver.addresses(of: host) }
        guard let first = all.first else { throw .retry(reason: "The name \(host) is not known to the DNS.") }
        let permitted = target.allowPrivate ? all : all.filter { ForbiddenNetworks.kind(of: $0) == nil }
        guard !permitted.isEmpty else {
            let kind = ForbiddenNetworks.kind(of: first) ?? "forbidden"
            throw .refused(
                reason:
                    "\(host) is \(first), \(kind). If you mean it, say `allow_private: true` at the webhook.")
        }
        return Array(permitted.prefix(3))
    }

    private func headers(_ request: WebhookRequest, _ key: String, _ target: WebhookTarget) -> HTTPHeaders? {
        var headers = HTTPHeaders(target.headers.map { ($0.name, $0.value) })
        if !headers.contains(name: "User-Agent") { headers.add(name: "User-Agent", value: userAgent) }
        headers.replaceOrAdd(name: "Idempotency-Key", value: key)
        if !request.contentType.isEmpty {
            headers.replaceOrAdd(name: "Content-Type", value: request.contentType)
        }
        if let secret = target.signingSecret {
            let body = Array(request.body.utf8)
            guard let value = WebhookSignature.value(for: body, secret: secret, now: clock.now) else {
                return nil
            }
            headers.replaceOrAdd(name: WebhookSignature.header, value: value)
        }
        return headers
    }

    /// What the work comes to; nil if time is up first. The work is then cancelled, and waited for.
    private func withDeadline<Value: Sendable>(
        _ limit: Duration, _ work: @escaping @Sendable () async -> Value
    ) async -> Value? {
        await withTaskGroup(of: Value?.self) { group in
            group.addTask { await work() }
            group.addTask {
                try? await Task.sleep(for: limit)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }
}
