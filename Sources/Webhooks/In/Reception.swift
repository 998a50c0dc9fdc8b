import BotKit
import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import Synchronization

/// Decides about one call after another: takes it into the journal, or says why not. It knows no sockets.
final class Reception: Sendable {
    /// What the pace is counted for: it outlasts the table.
    private struct Counter: Hashable {
        let path: String
        let method: String
    }

    /// What the calls that are here have in common.
    private struct State {
        var clients: RateLimiter<ClientNetwork>
        var endpoints: RateLimiter<Counter>
        var requests = 0
    }

    private let table: Mutex<WebhookTable>
    private let state: Mutex<State>
    private let limits: WebhookLimits
    private let clock: any WallClock
    private let logger: Logger
    private let journal: @Sendable (WebhookCall) async throws -> Bool

    init(
        table: WebhookTable, limits: WebhookLimits, clock: any WallClock, logger: Logger,
        journal: @escaping @Sendable (WebhookCall) async throws -> Bool
    ) {
        self.table = Mutex(table)
        self.state = Mutex(
            State(
                clients: RateLimiter(limits.ratePerClient), endpoints: RateLimiter(limits.ratePerEndpoint)))
        self.limits = limits
        self.clock = clock
        self.logger = logger
        self.journal = journal
    }

    /// Serves by another table from the next call on.
    func replace(_ table: WebhookTable) { self.table.withLock { $0 = table } }

    /// A call that may be taken, as far as its head says.
    struct Visit {
        fileprivate let endpoint: WebhookEndpoint
        fileprivate let headers: HTTPFields
        fileprivate let key: String
        /// What the body must still be proved by.
        fileprivate let unproved: WebhookSecret?
    }

    /// Judges a call before anything of its body was read, so that strangers make little work. For each that is
    /// admitted, `leave` must be called.
    func admit(_ head: HTTPRequest, from client: ClientNetwork) throws(Refusal) -> Visit {
        let delay = state.withLock { $0.clients.delay(for: client, at: .now) }
        guard delay == .zero else { throw .tooOften(delay) }
        let endpoint = try endpoint(for: head)
        let headers = head.headerFields
        if let length = headers[.contentLength], Int(length).map({ $0 > limits.body }) ?? true {
            throw .tooLarge(limits.body)
        }
        if let coding = headers[.contentEncoding], coding.lowercased() != "identity" { throw .compressed }
        let unproved = try unprovedSecret(of: endpoint, headers)
        let key = try Self.key(of: headers)
        guard enter() else { throw .busy }
        return Visit(endpoint: endpoint, headers: headers, key: key, unproved: unproved)
    }

    /// Makes room for another call.
    func leave() { state.withLock { $0.requests -= 1 } }

    /// Takes a call.
    ///
    /// - Returns: the status for the caller, once the call is in the journal.
    func take(_ body: [UInt8], of visit: Visit) async throws(Refusal) -> HTTPResponse.Status {
        if let secret = visit.unproved {
            guard CallerProof.isSigned(body, headers: visit.headers, secret: secret, now: clock.now) else {
                throw .notProved
            }
        }
        let endpoint = visit.endpoint
        let counter = Counter(path: endpoint.path, method: endpoint.method)
        let delay = state.withLock { $0.endpoints.delay(for: counter, at: .now) }
        guard delay == .zero else { throw .tooOften(delay) }
        let call = WebhookCall(
            path: endpoint.path, method: endpoint.method, body: try Self.text(body, visit.headers),
            key: visit.key)
        do {
            // Whether it was known already makes no difference to the caller, who only wants it to be here.
            _ = try await journal(call)
        } catch {
            logger.error(
                "A webhook's call could not be kept.",
                metadata: ["path": "\(call.path)", "error": "\(error)"])
            throw .notKept
        }
        return HTTPResponse.Status(code: endpoint.status)
    }

    private func endpoint(for head: HTTPRequest) throws(Refusal) -> WebhookEndpoint {
        let path = String((head.path ?? "").prefix { $0 != "?" })
        guard let endpoints = table.withLock({ $0 }).endpoints(at: path) else { throw .unknownPath }
        guard let endpoint = endpoints[head.method.rawValue] else { throw .wrongMethod(endpoints.keys) }
        return endpoint
    }

    private func enter() -> Bool {
        state.withLock { state in
            guard state.requests < limits.requests else { return false }
            state.requests += 1
            return true
        }
    }

    /// The secret that only the body can prove; nil if nothing is left to prove.
    private func unprovedSecret(
        of endpoint: WebhookEndpoint, _ headers: HTTPFields
    ) throws(Refusal) -> WebhookSecret? {
        guard case .secret(let secret) = endpoint.access else { return nil }
        switch CallerProof.verdict(on: headers, secret: secret) {
        case .bad: throw .notProved
        case .good: return nil
        case .dependsOnBody: return secret
        }
    }

    /// The caller's own name for the call, or one that no other call has.
    private static func key(of headers: HTTPFields) throws(Refusal) -> String {
        guard let key = headers.value(named: "Idempotency-Key") else {
            return "random:" + Hex.text((0..<16).map { _ in UInt8.random(in: .min ... .max) })
        }
        guard (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw .badRequest("An Idempotency-Key should have 1 to 255 visible characters of ASCII.")
        }
        return key
    }

    private static func text(_ bytes: [UInt8], _ headers: HTTPFields) throws(Refusal) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .badRequest("A body should be UTF-8.")
        }
        if claimsJSON(headers[.contentType] ?? "") {
            do {
                try JSONCheck.check(bytes)
            } catch {
                throw .badRequest(
                    "The body is no JSON: line \(error.line), column \(error.column): \(error.reason)")
            }
        }
        return text
    }

    private static func claimsJSON(_ contentType: String) -> Bool {
        let type = contentType.prefix { $0 != ";" }.lowercased().filter { !$0.isWhitespace }
        return type == "application/json" || type.hasSuffix("+json")
    }
}

extension HTTPFields {
    /// The value of a header whose name has no constant.
    func value(named name: String) -> String? { HTTPField.Name(name).flatMap { self[$0] } }
}
