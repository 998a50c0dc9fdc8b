import BotKit
import Testing

@testable import MicroChatGateway

struct HeartbeatTests {
    let start = ContinuousClock.now
    let time = Timestamp(seconds: 1_800_000_000)

    private func heartbeats(adaptive: AdaptiveInterval? = nil) -> Heartbeats {
        Heartbeats(fixed: .seconds(210), adaptive: adaptive, timeout: .seconds(8), now: start)
    }

    @Test func `a heartbeat is due one interval after the last frame, sent or received`() {
        var heartbeats = heartbeats()
        #expect(heartbeats.next(at: start, time: time) == .wait(until: start + .seconds(210)))
        heartbeats.wrote(at: start + .seconds(100))
        #expect(
            heartbeats.next(at: start + .seconds(210), time: time) == .wait(until: start + .seconds(310)))
        heartbeats.received(at: start + .seconds(200), time: time)
        #expect(
            heartbeats.next(at: start + .seconds(409), time: time) == .wait(until: start + .seconds(410)))
        #expect(heartbeats.next(at: start + .seconds(410), time: time) == .send)
    }

    @Test func `after one miss another goes out at once, after the second the link is dead`() {
        var heartbeats = heartbeats()
        heartbeats.sent(at: start)
        #expect(heartbeats.next(at: start + .seconds(7), time: time) == .wait(until: start + .seconds(8)))
        #expect(heartbeats.next(at: start + .seconds(8), time: time) == .send)
        heartbeats.sent(at: start + .seconds(8))
        #expect(heartbeats.next(at: start + .seconds(9), time: time) == .wait(until: start + .seconds(16)))
        #expect(heartbeats.next(at: start + .seconds(16), time: time) == .giveUp)
    }

    @Test func `any frame clears the count`() {
        var heartbeats = heartbeats()
        heartbeats.sent(at: start)
        #expect(heartbeats.next(at: start + .seconds(8), time: time) == .send)
        heartbeats.sent(at: start + .seconds(8))
        heartbeats.received(at: start + .seconds(10), time: time)
        heartbeats.sent(at: start + .seconds(300))
        #expect(heartbeats.next(at: start + .seconds(308), time: time) == .send)
    }

    @Test func `after a long sleep an answer is waited for only five seconds`() {
        var heartbeats = heartbeats()
        let woken = start + .seconds(210 + 15 * 60 + 1)
        #expect(heartbeats.next(at: woken, time: time) == .send)
        heartbeats.sent(at: woken)
        #expect(heartbeats.next(at: woken, time: time) == .wait(until: woken + .seconds(5)))
        #expect(heartbeats.next(at: woken + .seconds(5), time: time) == .send)
        heartbeats.sent(at: woken + .seconds(5))
        #expect(heartbeats.next(at: woken + .seconds(10), time: time) == .giveUp)
    }

    @Test func `a doubtful link is asked at once, and trusted again after any frame`() {
        var heartbeats = heartbeats()
        heartbeats.doubt()
        #expect(heartbeats.next(at: start + .seconds(1), time: time) == .send)
        heartbeats.sent(at: start + .seconds(1))
        #expect(heartbeats.next(at: start + .seconds(2), time: time) == .wait(until: start + .seconds(6)))
        heartbeats.received(at: start + .seconds(3), time: time)
        #expect(
            heartbeats.next(at: start + .seconds(4), time: time) == .wait(until: start + .seconds(213)))
    }

    @Test func `only what follows a silence tells how patient the network is`() {
        var heartbeats = heartbeats(adaptive: AdaptiveInterval())
        heartbeats.sent(at: start)
        heartbeats.received(at: start, time: time)
        #expect(heartbeats.adaptive == AdaptiveInterval())
        var now = start
        for _ in 1...8 {
            now += .seconds(210)
            #expect(heartbeats.next(at: now, time: time) == .send)
            heartbeats.sent(at: now)
            heartbeats.received(at: now, time: time)
        }
        #expect(heartbeats.adaptive?.current == .seconds(270))
        #expect(heartbeats.next(at: now, time: time) == .wait(until: now + .seconds(270)))
    }
}
