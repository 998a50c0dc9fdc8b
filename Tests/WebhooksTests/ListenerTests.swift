import BotKit
import NIOCore
import Testing

@testable import Webhooks

@Suite(.timeLimit(.minutes(5))) struct `Calls of the bot's webhooks` {
    private static func endpoint(
        _ path: String = "/ci", _ method: String = "POST", _ access: WebhookEndpoint.Access = .open,
        _ status: Int = 202
    ) throws -> WebhookEndpoint {
        try WebhookEndpoint(path: path, method: method, access: access, status: status)
    }

    @Test func `A call is answered after it is in the journal, with the endpoint's status`() async throws {
        let endpoints = [try Self.endpoint(), try Self.endpoint("/ci", "PUT", .open, 204)]
        try await withListener(endpoints) { bot async throws in
            let posted = try await bot.call(
                "/ci?source=1", ["Content-Type: application/json"], text: #"{"id": 7}"#)
            #expect(posted.status == 202)
            #expect(posted.header("Content-Length") == "0")
            #expect(try await bot.call("PUT", "/ci", [], Array("text".utf8)).status == 204)
            #expect(bot.journal.calls.map(\.body) == [#"{"id": 7}"#, "text"])
            #expect(bot.journal.calls.map(\.path) == ["/ci", "/ci"])
            #expect(bot.journal.calls.map(\.method) == ["POST", "PUT"])
        }
    }

    @Test(arguments: [
        ("GET", "/nothing", [], "", 404),
        ("GET", "/ci", [], "", 405),
        ("POST", "/ci/", [], "x", 404),
        ("POST", "/ci", ["Content-Type: application/json"], "{\n  \"a\": 01}", 400),
        ("POST", "/ci", ["Content-Type: application/vnd.shop+json; charset=utf-8"], "", 400),
        ("POST", "/ci", ["Content-Encoding: gzip"], "x", 415),
        ("POST", "/ci", ["Idempotency-Key: "], "x", 400),
        ("POST", "/ci", ["Idempotency-Key: " + String(repeating: "k", count: 256)], "x", 400),
    ])
    func `What cannot be taken is refused`(
        method: String, path: String, headers: [String], body: String, status: Int
    ) async throws {
        try await withListener([try Self.endpoint()]) { bot async throws in
            let answer = try await bot.call(method, path, headers, Array(body.utf8))
            #expect(answer.status == status, "\(answer.text)")
            if status == 405 { #expect(answer.header("Allow") == "POST") }
            #expect(bot.journal.attempts == 0)
        }
    }

    @Test func `A wrong place in JSON is named, and what is not UTF-8 is refused`() async throws {
        try await withListener([try Self.endpoint()]) { bot async throws in
            let json = try await bot.call("/ci", ["Content-Type: application/json"], text: "{\n  \"ä\": 01}")
            #expect(json.text.contains("line 2, column 9"))
            #expect(try await bot.call("POST", "/ci", [], [0x66, 0xFF]).status == 400)
            #expect(bot.journal.attempts == 0)
        }
    }

    @Test func `A repeated key gets the same answer and is journaled once`() async throws {
        let endpoints = [try Self.endpoint(), try Self.endpoint("/other")]
        try await withListener(endpoints) { bot async throws in
            for _ in 0..<2 {
                #expect(try await bot.call("/ci", ["Idempotency-Key: k1"], text: "once").status == 202)
            }
            #expect(bot.journal.attempts == 2)
            #expect(bot.journal.calls.count == 1)
            #expect(try await bot.call("/other", ["Idempotency-Key: k1"], text: "x").status == 202)
            for _ in 0..<2 { #expect(try await bot.call("/ci", text: "no key").status == 202) }
            #expect(bot.journal.calls.count == 4)
        }
    }

    @Test func `What the journal cannot keep is to be repeated`() async throws {
        try await withListener([try Self.endpoint()]) { bot async throws in
            bot.journal.fail(true)
            let refused = try await bot.call("/ci", ["Idempotency-Key: k"], text: "x")
            #expect(refused.status == 503)
            #expect(refused.header("Retry-After") == "5")
            bot.journal.fail(false)
            #expect(try await bot.call("/ci", ["Idempotency-Key: k"], text: "x").status == 202)
            #expect(bot.journal.calls.count == 1)
        }
    }

    @Test func `Another table serves from the next call on`() async throws {
        try await withListener([try Self.endpoint()]) { bot async throws in
            try await Wire.connect(port: bot.port).executeThenClose { inbound, outbound in
                // The same connection sees both tables.
                var answers = inbound.makeAsyncIterator()
                let request = ByteBuffer(string: "POST /ci HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx")
                try await outbound.write(request)
                #expect(String(buffer: try #require(try await answers.next())).contains(" 202 "))
                bot.listener.replace(try WebhookTable([try Self.endpoint("/new", "POST", .open, 200)]))
                try await outbound.write(request)
                #expect(String(buffer: try #require(try await answers.next())).contains(" 404 "))
            }
            #expect(try await bot.call("/new", text: "x").status == 200)
        }
    }

    @Test func `A caller that waits for a word before its body gets one, unless it is refused`() async throws
    {
        try await withListener([try Self.endpoint(), try Self.endpoint("/shut", "POST", .secret(.test))]) {
            bot in
            let taken = try await bot.call("/ci", ["Expect: 100-continue"], text: "x")
            #expect(taken.text.hasPrefix("HTTP/1.1 100 "))
            #expect(taken.text.contains("HTTP/1.1 202 "))
            #expect(
                try await bot.call("POST", "/shut", ["Expect: 100-continue", "Content-Length: 9"]).status
                    == 401)
        }
    }

    @Test func `The end waits for what is running`() async throws {
        let (gate, opener) = AsyncStream.makeStream(of: Void.self)
        try await withListener([try Self.endpoint()], journal: TestJournal(gate: gate)) { bot async throws in
            async let answer = bot.call("/ci", text: "x")
            await bot.journal.firstArrival()
            bot.shutDown()
            opener.finish()
            #expect(try await answer.status == 202)
            #expect(bot.journal.calls.count == 1)
        }
    }

    @Test func `Two descriptions of one path and method must agree`() throws {
        let open = try Self.endpoint()
        #expect(throws: Never.self) { try WebhookTable([open, open]) }
        #expect(throws: WebhookMistake.self) {
            try WebhookTable([open, try Self.endpoint("/ci", "POST", .secret(.test))])
        }
    }

    @Test(arguments: [
        ("ci", "POST", 202), ("/c i", "POST", 202), ("/a?b", "POST", 202), ("/a", "post", 202),
        ("/a", "POST", 302),
    ])
    func `What cannot be an endpoint is refused`(path: String, method: String, status: Int) {
        #expect(throws: WebhookMistake.self) { try Self.endpoint(path, method, .open, status) }
    }
}
