import BotKit
import Synchronization
import Testing

@testable import Webhooks

/// A DNS of the test's own, which counts how often it is asked.
final class TestResolver: HostResolver {
    private let answers: [[String]]
    private let count = Mutex(0)

    /// - Parameter answers: one for each question; the last for all further ones.
    init(_ answers: [String]...) { self.answers = answers }

    var questions: Int { count.withLock { $0 } }

    func addresses(of host: String) async -> [IPAddress] {
        let index = count.withLock { count in
            count += 1
            return count - 1
        }
        return (answers.indices.contains(index) ? answers[index] : answers.last ?? []).compactMap {
            IPAddress($0)
        }
    }
}

@Suite(.timeLimit(.minutes(5))) struct `Calls of others' webhooks` {
    private static func caller(
        _ webhook: TestWebhook, path: String = "/in?a=b", method: String = "POST",
        headers: [(name: String, value: String)] = [], signingSecret: WebhookSecret? = nil,
        timeout: Duration = .seconds(10)
    ) throws -> WebhookCaller {
        let target = try WebhookTarget(
            url: WebhookURL("http://helpdesk.test:\(webhook.port)\(path)"), method: method, headers: headers,
            signingSecret: signingSecret, timeout: timeout, allowPrivate: true)
        return WebhookCaller(
            targets: ["helpdesk": target], version: "1.2.3", resolver: TestResolver(["127.0.0.1"]),
            clock: StillClock())
    }

    private static let request = WebhookRequest(
        webhook: "helpdesk", contentType: "application/json", body: #"{"id": 7}"#)

    @Test func `A call says who it is from and which one it is, and its answer is returned`() async throws {
        try await TestWebhook.run(.send(answer("201 Created", [], "{\"ticket\": 1}"))) { webhook in
            let caller = try Self.caller(
                webhook, headers: [(name: "X-Api-Key", value: "k")], signingSecret: .test)
            let result = try await caller.call(Self.request, key: "run-1/step-2")
            #expect(result == WebhookAnswer(status: 201, body: "{\"ticket\": 1}"))
            let request = TestAnswer(try #require(webhook.requests.first))
            #expect(request.text.hasPrefix("POST /in?a=b HTTP/1.1\r\n"))
            #expect(request.text.hasSuffix("\r\n\r\n{\"id\": 7}"))
            #expect(request.header("Host") == "helpdesk.test:\(webhook.port)")
            #expect(request.header("User-Agent") == "Conure/1.2.3")
            #expect(request.header("Idempotency-Key") == "run-1/step-2")
            #expect(request.header("Content-Type") == "application/json")
            #expect(request.header("X-Api-Key") == "k")
            let signature = try #require(request.header("X-Conure-Signature"))
            #expect(
                WebhookSignature.isGood(
                    signature, body: Array(Self.request.body.utf8), secret: .test, now: StillClock().now))
        }
    }

    @Test func `A call without a body, and one without a secret`() async throws {
        try await TestWebhook.run(.send(answer("204 No Content"))) { webhook in
            let caller = try Self.caller(webhook, path: "", method: "GET")
            let result = try await caller.call(
                WebhookRequest(webhook: "helpdesk", contentType: "", body: ""), key: "k")
            #expect(result == WebhookAnswer(status: 204, body: ""))
            let request = TestAnswer(try #require(webhook.requests.first))
            #expect(request.text.hasPrefix("GET / HTTP/1.1\r\n"))
            #expect(request.header("X-Conure-Signature") == nil)
            #expect(request.header("Content-Type") == nil)
        }
    }

    private enum Outcome { case retry, unknown, refused }

    private static func outcome(_ error: GatewayError) -> Outcome? {
        switch error {
        case .retry: .retry
        case .unknown: .unknown
        case .refused: .refused
        default: nil
        }
    }

    @Test(arguments: [
        (answer("503 Busy", ["Retry-After: 7"]), Duration.seconds(7)),
        (answer("429 Slow", ["Retry-After: Mon, 21 Sep 2026 14:13:30 GMT"]), .seconds(10)),
        (answer("408 Late"), nil), (answer("425 Early"), nil),
        (answer("500 Oops", ["Retry-After: soon"]), nil),
        (answer("502 Gateway", ["Retry-After: 999999999"]), .seconds(86_400)),
    ])
    func `An answer that hopes for better times is to be repeated`(text: String, after: Duration?)
        async throws
    {
        try await TestWebhook.run(.send(text)) { webhook in
            let caller = try Self.caller(webhook)
            let error = await #expect(throws: GatewayError.self) {
                try await caller.call(Self.request, key: "k")
            }
            guard case .retry(_, let waits) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(waits == after)
        }
    }

    @Test(arguments: [
        answer("400 Bad"), answer("401 Who"), answer("404 Where"), answer("422 What"),
        answer("302 Found", ["Location: http://127.0.0.1/"]),
    ])
    func `An answer that means no is not repeated, and redirects are not followed`(text: String) async throws
    {
        try await TestWebhook.run(.send(text)) { webhook in
            let caller = try Self.caller(webhook)
            let error = await #expect(throws: GatewayError.self) {
                try await caller.call(Self.request, key: "k")
            }
            #expect(error.flatMap(Self.outcome) == .refused)
            #expect(webhook.requests.count == 1)
        }
    }

    @Test(arguments: [
        TestWebhook.Reply.sendAndClose(""), .sendAndClose("HTTP/1.1 200 OK\r\nContent-Le"), .silence,
        .sendAndClose("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"),
        .sendAndClose("no HTTP at all\r\n\r\n"),
        .send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"),
    ])
    func `Without a whole answer nobody knows`(reply: TestWebhook.Reply) async throws {
        try await TestWebhook.run(reply) { webhook in
            let caller = try Self.caller(webhook, timeout: .milliseconds(500))
            let error = await #expect(throws: GatewayError.self) {
                try await caller.call(Self.request, key: "k")
            }
            #expect(error.flatMap(Self.outcome) == .unknown, "\(String(describing: error))")
            // It is the outbox that repeats.
            #expect(webhook.requests.count == 1)
        }
    }

    @Test func `Where nobody listens, nothing left`() async throws {
        let caller = try await TestWebhook.run(.silence) { try Self.caller($0) }
        let error = await #expect(throws: GatewayError.self) { try await caller.call(Self.request, key: "k") }
        #expect(error.flatMap(Self.outcome) == .retry, "\(String(describing: error))")
    }

    @Test func `A second address is tried while nothing left`() async throws {
        try await TestWebhook.run(.send(answer("200 OK"))) { webhook in
            let target = try WebhookTarget(
                url: WebhookURL("http://helpdesk.test:\(webhook.port)/"), allowPrivate: true)
            let resolver = TestResolver(["127.0.0.9", "::1", "127.0.0.1"])
            let caller = WebhookCaller(targets: ["helpdesk": target], version: "1", resolver: resolver)
            #expect(try await caller.call(Self.request, key: "k").status == 200)
        }
    }

    @Test func `A huge answer is read up to 64 KiB, and no character is cut`() async throws {
        let body = "a" + String(repeating: "ä", count: 500_000)
        try await TestWebhook.run(.send(answer("200 OK", [], body))) { webhook in
            let result = try await Self.caller(webhook).call(Self.request, key: "k")
            #expect(result.body == "a" + String(repeating: "ä", count: 32_767))
        }
    }

    @Test func `Who is cancelled does not wait for an answer`() async throws {
        try await TestWebhook.run(.silence) { webhook in
            let caller = try Self.caller(webhook, timeout: .seconds(300))
            let call = Task { () -> Outcome? in
                do {
                    _ = try await caller.call(Self.request, key: "k")
                    return nil
                } catch let error as GatewayError {
                    return Self.outcome(error)
                }
            }
            while webhook.requests.isEmpty { await Task.yield() }
            call.cancel()
            #expect(try await call.value == .unknown)
        }
    }

    @Test func `Another table serves from the next call on, and an unknown name is refused`() async throws {
        try await TestWebhook.run(.send(answer("200 OK"))) { webhook in
            let caller = try Self.caller(webhook)
            #expect(try await caller.call(Self.request, key: "k").status == 200)
            caller.replace([:])
            let error = await #expect(throws: GatewayError.self) {
                try await caller.call(Self.request, key: "k")
            }
            #expect(error.flatMap(Self.outcome) == .refused)
        }
    }

    @Test(arguments: ["", "a\r\nX-Evil: 1", String(repeating: "k", count: 256)])
    func `A key that cannot stand in a header is refused`(key: String) async throws {
        try await TestWebhook.run(.send(answer("200 OK"))) { webhook in
            let caller = try Self.caller(webhook)
            let error = await #expect(throws: GatewayError.self) {
                try await caller.call(Self.request, key: key)
            }
            #expect(error.flatMap(Self.outcome) == .refused)
            #expect(webhook.requests.isEmpty)
        }
    }
}
