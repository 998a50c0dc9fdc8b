import BotKit
import BotKitTesting
import Testing

@Suite(.timeLimit(.minutes(5))) struct `Calls of servers` {
    private let http = HTTP.network

    @Test func `bring what was said, both ways`() async throws {
        try await withServer({ request in
            HTTP.Answer(
                status: 201, headers: ["x-seen": "\(request.method) \(request.address)"], body: request.body)
        }) { address in
            let answer = try await http.post(address + "/a?b=1", json: ["名": "值"])
            #expect(answer.status == 201)
            #expect(answer.headers["x-seen"] == "POST /a?b=1")
            #expect(try answer.checked().json() == ["名": "值"])
            let empty = try await http.get(address, headers: ["X-Key": "k"])
            #expect(empty.body.isEmpty)
        }
    }

    @Test func `end when the time is up`() async throws {
        let clock = ContinuousClock()
        try await withServer({ _ in
            try await Task.sleep(for: .seconds(3600))
            return HTTP.Answer()
        }) { address in
            let start = clock.now
            await #expect(throws: Failure("127.0.0.1 did not answer within 0.2 seconds", retry: true)) {
                try await http.get(address, timeout: .milliseconds(200))
            }
            #expect(clock.now - start < .seconds(60))
        }
    }

    @Test func `take no more than they should`() async throws {
        try await withServer({ _ in HTTP.Answer(body: Array(repeating: 0x78, count: 100_000)) }) { address in
            await #expect(throws: Failure("the answer has more than 9999 bytes")) {
                try await http.send(HTTP.Request("GET", address, longestAnswer: 9999))
            }
            let whole = try await http.send(HTTP.Request("GET", address, longestAnswer: 100_000))
            #expect(whole.body.count == 100_000)
        }
    }

    @Test(arguments: ["", "shop", "file:///etc/passwd", "ftp://x/", "http://"])
    func `go to addresses of the web only`(address: String) async throws {
        await #expect(throws: Failure("'\(address)' is no address with http: or https:")) {
            try await http.get(address)
        }
    }

    @Test func `say that there is nobody`() async throws {
        let address = try await withServer({ _ in HTTP.Answer() }) { $0 }
        let failure = await #expect(throws: Failure.self) { try await http.get(address) }
        #expect(failure?.retry == true)
        #expect(failure?.reason.hasPrefix("127.0.0.1 cannot be reached: ") == true)
    }

    @Test func `end at once when nobody waits any more`() async throws {
        try await withServer({ _ in
            try await Task.sleep(for: .seconds(3600))
            return HTTP.Answer()
        }) { address in
            for isAsked in [false, true] {
                await withTaskGroup(of: Bool.self) { group in
                    for _ in 0..<20 {
                        group.addTask { (try? await http.get(address, timeout: .seconds(3600))) == nil }
                    }
                    // Some are given up before they begin, some while they are on their way.
                    if isAsked { await Task.yield() }
                    group.cancelAll()
                    for await isOver in group { #expect(isOver) }
                }
            }
        }
    }

    @Test func `can be many at once, some of them given up`() async throws {
        try await withServer({ request in
            if request.address.hasSuffix("slow") { try await Task.sleep(for: .seconds(3600)) }
            return HTTP.Answer(body: Array(request.address.utf8))
        }) { address in
            await withTaskGroup(of: Bool.self) { group in
                for number in 0..<100 {
                    let isSlow = number % 4 == 0
                    group.addTask {
                        let answer = try? await http.get(
                            "\(address)/\(number)\(isSlow ? "slow" : "")",
                            timeout: isSlow ? .milliseconds(50) : .seconds(60))
                        return isSlow ? answer == nil : answer?.text == "/\(number)"
                    }
                }
                for await isRight in group { #expect(isRight) }
            }
        }
    }
}
