import BotKit
import Foundation
import Testing

@testable import MicroChatGateway

struct AdaptiveIntervalTests {
    let start = Timestamp(seconds: 1_800_000_000)

    /// Five successes after the first three of a connection.
    private func step(_ interval: inout AdaptiveInterval, at now: Timestamp? = nil) {
        for _ in 1...5 { interval.succeeded(at: now ?? start) }
    }

    private func fresh() -> AdaptiveInterval {
        var interval = AdaptiveInterval()
        interval.connected()
        for _ in 1...3 { interval.succeeded(at: start) }
        return interval
    }

    @Test func `grows by a minute after five successes, to 580 seconds at most`() {
        var interval = fresh()
        var seen: [Duration] = []
        for _ in 1...8 {
            seen.append(interval.current)
            step(&interval)
        }
        #expect(seen == [210, 270, 330, 390, 450, 510, 570, 580].map { .seconds($0) })
        step(&interval)
        #expect(interval.current == .seconds(580))
    }

    @Test func `begins each connection at the shortest three times`() {
        var interval = fresh()
        step(&interval)
        interval.connected()
        for _ in 1...3 {
            #expect(interval.current == .seconds(210))
            interval.succeeded(at: start)
        }
        #expect(interval.current == .seconds(270))
    }

    @Test func `goes back after two failures and stays there, for a week`() {
        var interval = fresh()
        step(&interval)
        step(&interval)
        interval.failed(at: start)
        #expect(interval.current == .seconds(330) && interval.stableSince == nil)
        interval.connected()
        for _ in 1...3 { interval.succeeded(at: start) }
        interval.failed(at: start)
        #expect(interval.current == .seconds(250) && interval.stableSince == start)
        for _ in 1...20 { interval.succeeded(at: start + .seconds(6 * 86_400)) }
        #expect(interval.current == .seconds(250))
        let later = start + .seconds(7 * 86_400)
        interval.succeeded(at: later)
        #expect(interval.current == .seconds(270) && interval.stableSince == later)
    }

    @Test func `a success between two failures forgives the first`() {
        var interval = fresh()
        step(&interval)
        interval.failed(at: start)
        interval.succeeded(at: start)
        interval.failed(at: start)
        #expect(interval.current == .seconds(270))
    }

    @Test func `begins anew when a stable interval fails twice`() {
        var interval = fresh()
        for _ in 1...3 { step(&interval) }
        for _ in 1...2 { interval.failed(at: start) }
        #expect(interval.current == .seconds(310))
        for _ in 1...2 { interval.failed(at: start) }
        #expect(interval.current == .seconds(210) && interval.stableSince == nil)
    }

    @Test func `never goes below the shortest`() {
        var interval = fresh()
        for _ in 1...2 { interval.failed(at: start) }
        #expect(interval.current == .seconds(210) && interval.stableSince == start)
    }

    @Test func `is remembered for each network, also by the next process`() async throws {
        var interval = fresh()
        step(&interval)
        let memory = TestMemory()
        await HeartbeatMemory(memory).learn(interval, of: "eth0/0100007F", now: start)
        let next = HeartbeatMemory(memory)
        await next.load()
        var known = next.interval(of: "eth0/0100007F")
        #expect(known.seconds == 270)
        known.connected()
        #expect(known.current == .seconds(210))
        #expect(next.interval(of: "another") == AdaptiveInterval())
        let broken = TestMemory(["heartbeats": Array("[]".utf8)])
        let third = HeartbeatMemory(broken)
        await third.load()
        #expect(third.interval(of: "eth0/0100007F") == AdaptiveInterval())
    }
}
