import Synchronization
import Testing

@testable import MicroChatGateway

@Suite struct `The schedule of a race` {
    private let step = Duration.milliseconds(2500)

    @Test func `begins an attempt every step, and has three in flight at most`() {
        var race = Race(of: 5, step: step)
        #expect(race.next(at: .zero) == .start(0))
        #expect(race.next(at: .zero) == .wait(until: step))
        #expect(race.next(at: .milliseconds(2499)) == .wait(until: step))
        #expect(race.next(at: step) == .start(1))
        #expect(race.next(at: step * 2) == .start(2))
        #expect(race.next(at: step * 3) == .wait(until: nil))
        race.failed(at: .seconds(10))
        #expect(race.next(at: .seconds(10)) == .start(3))
        race.failed(at: .seconds(11))
        #expect(race.next(at: .seconds(11)) == .start(4))
        #expect(race.next(at: .seconds(99)) == .wait(until: nil))
        for _ in 0..<3 { race.failed(at: .seconds(99)) }
        #expect(race.next(at: .seconds(99)) == .over)
    }

    @Test func `goes on at once when an attempt fails`() {
        var race = Race(of: 3, step: step)
        _ = race.next(at: .zero)
        race.failed(at: .milliseconds(1))
        #expect(race.next(at: .milliseconds(1)) == .start(1))
        race.failed(at: .milliseconds(2))
        #expect(race.next(at: .milliseconds(2)) == .start(2))
        race.failed(at: .milliseconds(3))
        #expect(race.next(at: .milliseconds(3)) == .over)
    }

    @Test func `of nobody is over`() {
        var race = Race(of: 0, step: step)
        #expect(race.next(at: .zero) == .over)
    }
}

@Suite(.timeLimit(.minutes(5))) struct `A race` {
    private struct Refused: Error {}

    /// What happened to the attempts of one race.
    private final class Field: Sendable {
        enum Fate: Sendable {
            case wins
            case refuses
            /// Nothing ever comes.
            case isDead
            /// Nothing comes until it is called off, and then it does.
            case comesTooLate
        }

        let clock = VirtualClock()
        let fates: [Fate]
        let started = Mutex<[Int]>([])
        let failed = Mutex<[Int]>([])
        let discarded = Mutex<[Int]>([])

        init(_ fates: [Fate]) { self.fates = fates }

        func run() async -> Int? {
            await race(
                of: fates.count, step: .milliseconds(2500), limit: .seconds(10), clock: clock
            ) { [self] index in
                started.withLock { $0.append(index) }
                switch fates[index] {
                case .wins: break
                case .refuses: throw Refused()
                case .isDead: try await clock.sleep(until: .init(offset: .seconds(1_000_000)), tolerance: nil)
                case .comesTooLate:
                    try? await clock.sleep(until: .init(offset: .seconds(1_000_000)), tolerance: nil)
                }
                return index
            } failed: { [self] index, _ in
                failed.withLock { $0.append(index) }
            } discard: { [self] index in
                discarded.withLock { $0.append(index) }
            }?.winner
        }
    }

    @Test func `is won at once by the first that answers`() async {
        let field = Field([.wins, .wins])
        #expect(await field.run() == 0)
        #expect(field.started.withLock { $0 } == [0])
        #expect(field.clock.elapsed == .zero)
    }

    @Test func `does not wait after a refusal`() async {
        let field = Field([.refuses, .refuses, .wins])
        #expect(await field.run() == 2)
        #expect(field.failed.withLock { $0 } == [0, 1])
        #expect(field.clock.elapsed == .zero)
    }

    @Test func `loses one step to a dead address, which is called off`() async {
        let field = Field([.isDead, .wins])
        async let winner = field.run()
        // The attempt itself, its limit, and the step.
        await field.clock.advance(whenAsleep: 3)
        #expect(await winner == 1)
        #expect(field.clock.elapsed == .milliseconds(2500))
        #expect(field.failed.withLock { $0 }.isEmpty)
    }

    @Test func `closes what comes too late`() async {
        let field = Field([.comesTooLate, .wins])
        async let winner = field.run()
        await field.clock.advance(whenAsleep: 3)
        #expect(await winner == 1)
        #expect(field.discarded.withLock { $0 } == [0])
    }

    @Test func `gives each attempt ten seconds, and has three at a time`() async {
        let field = Field([.isDead, .isDead, .isDead, .wins])
        async let winner = field.run()
        await field.clock.advance(whenAsleep: 3)
        await field.clock.advance(whenAsleep: 5)
        // Three attempts, three limits, no further step.
        await field.clock.advance(whenAsleep: 6)
        #expect(await winner == 3)
        #expect(field.clock.elapsed == .seconds(10))
        #expect(field.failed.withLock { $0 } == [0])
    }

    @Test func `has no winner if all fail`() async {
        let field = Field([.refuses, .refuses])
        #expect(await field.run() == nil)
        #expect(await Field([]).run() == nil)
    }
}
