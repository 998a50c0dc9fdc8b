import Testing

@testable import MicroChatGateway

struct HeartbeatTests {
    let start = ContinuousClock.now

    private func heartbeats() -> Heartbeats {
        Heartbeats(interval: .seconds(210), timeout: .seconds(8), now: start)
    }

    @Test func `a heartbeat is due one interval after the last frame, sent or received`() {
        var heartbeats = heartbeats()
        #expect(heartbeats.next(at: start) == .wait(until: start + .seconds(210)))
        heartbeats.wrote(at: start + .seconds(100))
        #expect(heartbeats.next(at: start + .seconds(210)) == .wait(until: start + .seconds(310)))
        heartbeats.received(at: start + .seconds(200))
        #expect(heartbeats.next(at: start + .seconds(409)) == .wait(until: start + .seconds(410)))
        #expect(heartbeats.next(at: start + .seconds(410)) == .send)
    }

    @Test func `after one miss another goes out at once, after the second the link is dead`() {
        var heartbeats = heartbeats()
        heartbeats.sent(at: start)
        #expect(heartbeats.next(at: start + .seconds(7)) == .wait(until: start + .seconds(8)))
        #expect(heartbeats.next(at: start + .seconds(8)) == .send)
        heartbeats.sent(at: start + .seconds(8))
        #expect(heartbeats.next(at: start + .seconds(9)) == .wait(until: start + .seconds(16)))
        #expect(heartbeats.next(at: start + .seconds(16)) == .giveUp)
    }

    @Test func `any frame clears the count`() {
        var heartbeats = heartbeats()
        heartbeats.sent(at: start)
        #expect(heartbeats.next(at: start + .seconds(8)) == .send)
        heartbeats.sent(at: start + .seconds(8))
        heartbeats.received(at: start + .seconds(10))
        heartbeats.sent(at: start + .seconds(300))
        #expect(heartbeats.next(at: start + .seconds(308)) == .send)
    }
}

struct ReconnectWaitTests {
    @Test func `waits grow to the last one and begin again after a login`() {
        var waits = ReconnectWaits([.seconds(5), .seconds(10), .seconds(20)])
        let failed = waits.begin()
        #expect((0..<4).map { _ in waits.next(after: failed) } == [5, 10, 20, 20].map { .seconds($0) })
        let succeeded = waits.begin()
        succeeded.succeeded()
        #expect(waits.next(after: succeeded) == .seconds(5))
        #expect(waits.next(after: failed) == .seconds(10))
    }
}
