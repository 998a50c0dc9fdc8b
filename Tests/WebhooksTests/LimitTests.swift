import BotKit
import NIOCore
import Testing

@testable import Webhooks

@Suite(.timeLimit(.minutes(5))) struct `Limits of the bot's webhooks` {
    private static func endpoint(_ path: String = "/in") throws -> WebhookEndpoint {
        try WebhookEndpoint(path: path, access: .open)
    }

    /// The status for a body that does not say how long it is.
    private static func chunked(_ count: Int, _ bot: Listening) async throws -> Int {
        let size = String(count, radix: 16)
        let request =
            "POST /in HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "\(size)\r\n\(String(repeating: "a", count: count))\r\n0\r\n\r\n"
        return TestAnswer(try await Wire.exchange(Array(request.utf8), port: bot.port)).status
    }

    @Test func `A body over the limit is refused, announced or not, and one at the limit is taken`()
        async throws
    {
        var limits = WebhookLimits()
        limits.body = 1000
        try await withListener([try Self.endpoint()], limits: limits) { bot async throws in
            #expect(try await bot.call("/in", text: String(repeating: "a", count: 1001)).status == 413)
            #expect(try await Self.chunked(1001, bot) == 413)
            #expect(try await Self.chunked(5000, bot) == 413)
            #expect(bot.journal.attempts == 0)
            #expect(try await bot.call("/in", text: String(repeating: "a", count: 1000)).status == 202)
            #expect(try await Self.chunked(1000, bot) == 202)
        }
    }

    @Test func `The default limit is a mebibyte`() async throws {
        try await withListener([try Self.endpoint()]) { bot async throws in
            #expect(try await bot.call("/in", text: String(repeating: "a", count: 1 << 20)).status == 202)
            #expect(try await bot.call("/in", text: String(repeating: "a", count: 1 << 20 + 1)).status == 413)
        }
    }

    @Test func `Whoever comes too often is told when to come again`() async throws {
        var limits = WebhookLimits()
        limits.ratePerClient = .init(every: .seconds(100), burst: 3)
        try await withListener([try Self.endpoint()], limits: limits) { bot async throws in
            for status in [202, 404, 202] {
                #expect(try await bot.call(status == 404 ? "/other" : "/in", text: "x").status == status)
            }
            let refused = try await bot.call("/in", text: "x")
            #expect(refused.status == 429)
            #expect((90...100).contains(Int(refused.header("Retry-After") ?? "") ?? 0))
            #expect(bot.journal.calls.count == 2)
        }
    }

    @Test func `A path has a pace of its own, which only proved calls use up`() async throws {
        var limits = WebhookLimits()
        limits.ratePerEndpoint = .init(every: .seconds(100), burst: 1)
        let shut = try WebhookEndpoint(path: "/in", access: .secret(.test))
        try await withListener([shut, try Self.endpoint("/other")], limits: limits) { bot async throws in
            let bearer = ["Authorization: Bearer a secret of the tests"]
            for _ in 0..<3 { #expect(try await bot.call("/in", text: "x").status == 401) }
            #expect(try await bot.call("/in", bearer, text: "x").status == 202)
            #expect(try await bot.call("/in", bearer, text: "x").status == 429)
            #expect(try await bot.call("/other", text: "x").status == 202)
        }
    }

    @Test func `More calls at once than there is room for are asked to come again`() async throws {
        let (gate, opener) = AsyncStream.makeStream(of: Void.self)
        var limits = WebhookLimits()
        limits.requests = 1
        try await withListener([try Self.endpoint()], limits: limits, journal: TestJournal(gate: gate)) {
            bot in
            async let first = bot.call("/in", text: "x")
            await bot.journal.firstArrival()
            let second = try await bot.call("/in", text: "x")
            #expect(second.status == 503)
            #expect(second.header("Retry-After") == "1")
            opener.finish()
            #expect(try await first.status == 202)
            #expect(try await bot.call("/in", text: "x").status == 202)
        }
    }

    @Test(arguments: ["", "POST /in HT", "POST /in HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc"])
    func `Who dawdles is cut off, and nothing is taken`(beginning: String) async throws {
        var limits = WebhookLimits()
        limits.idleTime = .milliseconds(200)
        limits.transferTime = .milliseconds(200)
        try await withListener([try Self.endpoint()], limits: limits) { bot async throws in
            #expect(try await Wire.exchange(Array(beginning.utf8), port: bot.port).isEmpty)
            #expect(bot.journal.attempts == 0)
        }
    }

    @Test func `Who sends a byte now and then is cut off as well`() async throws {
        var limits = WebhookLimits()
        limits.idleTime = .milliseconds(300)
        limits.transferTime = .milliseconds(300)
        for beginning in [
            "POST /in HTTP/1.1\r\nX-Slow: ", "POST /in HTTP/1.1\r\nContent-Length: 999\r\n\r\n",
        ] {
            try await withListener([try Self.endpoint()], limits: limits) { bot async throws in
                try await Wire.connect(port: bot.port).executeThenClose { inbound, outbound in
                    try await outbound.write(ByteBuffer(string: beginning))
                    await withTaskGroup(of: Void.self) { group in
                        group.addTask {
                            // This is the slow client itself, no wait for luck: it ends when it is cut off.
                            while (try? await Task.sleep(for: .milliseconds(20))) != nil {
                                guard (try? await outbound.write(ByteBuffer(string: "a"))) != nil else {
                                    return
                                }
                            }
                        }
                        #expect(await Wire.text(inbound) == "")
                        group.cancelAll()
                    }
                }
                #expect(bot.journal.attempts == 0)
            }
        }
    }

    @Test(arguments: ["Content-Length: 9\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"])
    func `A body that breaks off is not taken`(rest: String) async throws {
        try await withListener([try Self.endpoint()]) { bot async throws in
            let answer = try await Wire.connect(port: bot.port).executeThenClose { inbound, outbound in
                try await outbound.write(ByteBuffer(string: "POST /in HTTP/1.1\r\nHost: a\r\n\(rest)"))
                outbound.finish()
                return await Wire.text(inbound)
            }
            #expect(!answer.contains(" 202 "))
            #expect(bot.journal.attempts == 0)
        }
    }

    @Test func `Connections over the limit wait for one to close`() async throws {
        var limits = WebhookLimits()
        limits.connections = 1
        try await withListener([try Self.endpoint()], limits: limits) { bot async throws in
            async let second = bot.call("/in", text: "second")
            try await Wire.connect(port: bot.port).executeThenClose { inbound, outbound async throws in
                var answers = inbound.makeAsyncIterator()
                // Time enough for the other one to get in between, if it could. Either may be the first.
                for _ in 0..<30 {
                    let request = "POST /in HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nfirst"
                    try await outbound.write(ByteBuffer(string: request))
                    #expect(String(buffer: try #require(try await answers.next())).contains(" 202 "))
                }
            }
            #expect(try await second.status == 202)
            let bodies = bot.journal.calls.map(\.body)
            #expect(bodies.count == 31 && (bodies.first == "second" || bodies.last == "second"))
        }
    }
}

@Suite struct `A rate limiter` {
    private let start = ContinuousClock.now

    @Test func `lets a burst through, and then one an interval`() {
        var limiter = RateLimiter<Int>(.init(every: .seconds(2), burst: 3))
        #expect((0..<4).map { _ in limiter.delay(for: 1, at: start) } == [.zero, .zero, .zero, .seconds(2)])
        #expect(limiter.delay(for: 2, at: start) == .zero)
        #expect(limiter.delay(for: 1, at: start + .seconds(1)) == .seconds(1))
        #expect(limiter.delay(for: 1, at: start + .seconds(2)) == .zero)
        #expect(limiter.delay(for: 1, at: start + .seconds(2)) == .seconds(2))
        #expect(
            (0..<4).map { _ in limiter.delay(for: 1, at: start + .seconds(99)) }.filter { $0 == .zero }.count
                == 3)
    }

    @Test func `remembers a bounded number, and whoever has no room shares one pace`() {
        var limiter = RateLimiter<Int>(.init(every: .seconds(2), burst: 1), capacity: 2)
        #expect((1...4).map { limiter.delay(for: $0, at: start) } == [.zero, .zero, .zero, .seconds(2)])
        #expect(limiter.delay(for: 1, at: start) == .seconds(2))
        // Those who are on time again make room.
        #expect((5...6).map { limiter.delay(for: $0, at: start + .seconds(2)) } == [.zero, .zero])
    }
}
