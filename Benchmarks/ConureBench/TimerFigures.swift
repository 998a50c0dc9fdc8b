import BotKit
import Engine
import Foundation
import Logging
import Store
import Synchronization

/// 100,000 timers: set, waited for, fired.
func timerFigures() async throws -> [Figure] {
    let count = 100_000
    var figures: [Figure] = []
    var setting: [Double] = []
    var idle: [Double] = []
    var firing: [Double] = []
    for _ in 0..<3 {
        try await withBenchFolder { folder in
            let store = try Store(path: folder + "/store.sqlite")
            try await store.open("bench", now: SystemClock().now)
            let due = SystemClock().now + .seconds(3600)
            setting.append(
                Double(count)
                    / (try await ContinuousClock().measure {
                        for start in stride(from: 0, to: count, by: 1000) {
                            let timers = (start..<start + 1000).map { timer($0, due: due) }
                            try await store.change(timersOf: "bench", set: timers, remove: [])
                        }
                    } / .seconds(1)))
            let clock = HastyClock()
            let bus = EventBus(
                account: "bench", store: store, decider: Nothing(), clock: clock, lifetime: .seconds(3600)
            ) { _ in }
            let moved = Signal()
            let timekeeper = Timekeeper(
                account: "bench", store: store, bus: bus, moved: moved, clock: clock)
            try await withThrowingTaskGroup { group in
                group.addTask { try await timekeeper.run() }
                let before = processorTime()
                try await Task.sleep(for: .seconds(5))
                idle.append((processorTime() - before) / .milliseconds(1) / 5)
                clock.jump(by: .seconds(7200))
                moved.ring()
                firing.append(
                    Double(count)
                        / (try await ContinuousClock().measure {
                            while try await store.nextTimer(of: "bench") != nil {
                                try await Task.sleep(for: .milliseconds(5))
                            }
                        } / .seconds(1)))
                group.cancelAll()
            }
        }
    }
    figures.append(Figure(what: "timers set, 1,000 in a transaction", unit: "a second", values: setting))
    figures.append(
        Figure(what: "processor time while 100,000 timers wait", unit: "ms a second", values: idle))
    figures.append(Figure(what: "timers fired into the journal", unit: "a second", values: firing))
    for (name, schedule) in [
        ("at: 10:00 on weekdays", "at: '10:00', days: weekdays"),
        ("cron: */5 9-17 * * mon-fri", "cron: '*/5 9-17 * * mon-fri'"),
        ("cron: 0 0 29 2 *", "cron: '0 0 29 2 *'"), ("every: 1h", "every: 1h"),
    ] {
        figures.append(try await firingRate("one firing of `\(name)` and its next time", schedule))
    }
    return figures
}

private func timer(_ number: Int, due: Timestamp) -> StoredTimer {
    StoredTimer(
        id: "bench:\(number)", due: due + .milliseconds(number % 60_000),
        body: .scheduled(ScheduledTime(rule: "bench", trigger: number, time: due)))
}

/// How many firings of a schedule are worked out a second.
private func firingRate(_ what: String, _ schedule: String) async throws -> Figure {
    let text = """
        version: 1
        bot: { timezone: Europe/Berlin }
        rules: [ { id: r, when: { schedule: { \(schedule) } }, then: [ { log: x } ] } ]
        """
    let rules = try RulesFile.parse(Array(text.utf8), secrets: NoSecretsAtAll()).rules
    let clock = SystemClock()
    var first: StoredTimer?
    var schedules: Schedules?
    try await withBenchFolder { folder in
        let store = try Store(path: folder + "/store.sqlite")
        try await store.open("bench", now: clock.now)
        let made = Schedules(
            account: "bench", rules: LiveRules(rules), store: store, clock: clock,
            logger: Logger(label: "bench"))
        try await made.align()
        first = try await store.timers(of: "bench", under: "schedule:").first
        schedules = made
    }
    guard let start = first, let schedules else { return Figure(what: what, unit: "a second", values: []) }
    let count = 20_000
    return try await rate(what, per: count) {
        var timer = start
        for round in 0..<count {
            // Centuries on there is nothing to measure any more.
            if round % 50 == 0 { timer = start }
            guard let next = schedules.firing(timer, now: timer.due).next else { return }
            timer = next
        }
    }
}

private struct NoSecretsAtAll: SecretSource {
    func secret(_ name: String) -> String? { nil }
}

/// Decides nothing: events stay in the journal.
private struct Nothing: Decider {
    func decide(_ pending: PendingEvent, _ state: StoredState) -> Decision { Decision() }
}

/// The machine's clock, which can be sent ahead.
private final class HastyClock: WallClock {
    private let ahead = Atomic<Int64>(0)

    var now: Timestamp { SystemClock().now + .microseconds(ahead.load(ordering: .relaxed)) }

    func jump(by duration: Duration) { ahead.add(duration.microseconds, ordering: .relaxed) }

    func sleep(until deadline: Timestamp) async throws {
        try await Task.sleep(for: max(.zero, deadline - now))
    }
}

private func processorTime() -> Duration {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
}
