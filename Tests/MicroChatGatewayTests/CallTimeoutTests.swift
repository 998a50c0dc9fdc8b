import Testing

@testable import MicroChatGateway

struct CallTimeoutTests {
    let timeouts = CallTimeouts()
    let start = ContinuousClock.now

    @Test(arguments: [
        (0, 0, 12.0), (12 << 10, 0, 13), (120 << 10, 0, 22), (1 << 20, 0, 22), (0, 1, 13.5), (0, 5, 19.5),
        (0, 100, 19.5), (1 << 20, 5, 29.5), (-1, -1, 12),
    ])
    func `the first byte may take longer for larger requests and behind others`(
        bytes: Int, earlier: Int, seconds: Double
    ) {
        let wait = timeouts.untilFirstByte(requestBytes: bytes, earlier: earlier)
        #expect(wait == .milliseconds(Int(seconds * 1000)))
        let whole = timeouts.untilLastByte(requestBytes: bytes, earlier: earlier)
        #expect(whole - wait == .microseconds(5_333_333))
    }

    private func deadline(taskEnds limit: Duration = .seconds(40)) -> AnswerDeadline {
        AnswerDeadline(timeouts, requestBytes: 0, earlier: 0, sent: start, taskEnds: start + limit)
    }

    @Test func `each read gives the next one eight seconds, until the whole must be there`() {
        var deadline = deadline()
        #expect(deadline.instant == start + .seconds(12))
        deadline.read(at: start + .seconds(2))
        #expect(deadline.instant == start + .seconds(10))
        deadline.read(at: start + .seconds(9))
        #expect(deadline.instant == start + .seconds(17))
        deadline.read(at: start + .seconds(16))
        #expect(deadline.instant == start + .microseconds(17_333_333))
    }

    @Test func `nothing goes on beyond the end of the task`() {
        var deadline = deadline(taskEnds: .seconds(3))
        #expect(deadline.instant == start + .seconds(3))
        deadline.read(at: start + .seconds(1))
        #expect(deadline.instant == start + .seconds(3))
    }
}
