import BotKit
import Foundation
import Logging
import ServiceLifecycle
import Store
import Testing

@testable import Engine

/// Schedules on a store, without anything that runs by itself.
private struct Rig {
    let store: Store
    let clock: ManualClock
    let live: LiveRules
    let schedules: Schedules
    let account: AccountID

    init(
        _ rules: String, at time: String, store path: String? = nil, account: AccountID = bot
    ) async throws {
        clock = ManualClock(try #require(Self.settings.moment(of: time)))
        store = try Store(path: try path ?? temporaryStorePath())
        try await store.open(account, now: clock.now)
        live = LiveRules(try Self.rules(rules, for: account))
        self.account = account
        schedules = Schedules(
            account: account, rules: live, store: store, clock: clock,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await schedules.align()
    }

    static let settings = BotSettings(timezone: "Europe/Berlin")

    static func rules(_ text: String, for account: AccountID = bot) throws -> RuleSet {
        let file =
            "version: 1\naccounts: [ { id: bot }, { id: second } ]\nbot: { timezone: Europe/Berlin }\nrules:\n"
            + text
        return try RulesFile.parse(Array(file.utf8), secrets: NoSecrets()).rules(for: account)
    }

    func reload(_ rules: String) async throws {
        live.replace(with: try Self.rules(rules, for: account))
        try await schedules.align()
    }

    func move(to time: String) throws {
        clock.advance(by: try #require(Self.settings.moment(of: time)) - clock.now)
    }

    /// Fires what is due.
    @discardableResult func fire() async throws -> Int {
        try await store.fireTimers(of: account, limit: 100, now: clock.now) {
            [schedules, clock] in schedules.firing($0, now: clock.now)
        }
    }

    /// The times that have become events, as the clock shows them.
    func times() async throws -> [String] {
        let schedule = Schedule(
            .every(.seconds(1)), timezone: try #require(TimeZone(identifier: "Europe/Berlin")))
        return try await store.undecided(of: account, after: 0, limit: 10_000).compactMap { pending in
            guard case .scheduled(let time) = pending.event.body else { return nil }
            #expect(pending.event.chat == .none)
            return "\(time.rule) \(schedule.text(of: time.time))"
        }
    }

    /// What is set, as the clock shows it.
    func coming() async throws -> [String] {
        let timers = try await store.timers(of: account, under: "schedule:")
        return live.current.comingTimes(timers: timers, now: clock.now).map { "\($0.rule) \($0.clock)" }
    }
}

private func rule(_ id: String, _ schedule: String, more: String = "") -> String {
    "  - { id: \(id), when: { schedule: { \(schedule) } }, then: { log: x }\(more) }\n"
}

@Suite struct `Timers of schedules` {
    @Test func `follow one another, whatever clocks do`() async throws {
        let rig = try await Rig(rule("night", "at: '02:30', missed: skip"), at: "2026-03-28 12:00")
        for (time, next) in [
            ("2026-03-29 03:00", "2026-03-30 02:30"), ("2026-03-30 02:30", "2026-03-31 02:30"),
        ] {
            try rig.move(to: time)
            #expect(try await rig.fire() == 1)
            #expect(try await rig.coming() == ["night " + next])
        }
        // 02:30 comes twice, and is run once.
        let autumn = try await Rig(rule("night", "at: '02:30'"), at: "2026-10-25 00:00")
        for _ in 0..<4 {
            autumn.clock.advance(by: .seconds(3600))
            try await autumn.fire()
        }
        #expect(try await autumn.times() == ["night 2026-10-25 02:30"])
        #expect(try await autumn.coming() == ["night 2026-10-26 02:30"])
    }

    @Test(arguments: [
        ("missed: skip", "14:30", []), ("missed: skip", "14:00", ["14:00"]),
        ("missed: run_once", "14:30", ["14:00"]),
        ("missed: run_once, within: 20m", "14:30", []),
        ("missed: run_all, within: 3h", "14:30", ["12:00", "13:00", "14:00"]),
        ("missed: run_all, within: 1d", "14:30", ["11:00", "12:00", "13:00", "14:00"]),
    ])
    func `make up for what was missed as the rule says`(terms: String, now: String, expected: [String])
        async throws
    {
        let path = try temporaryStorePath()
        _ = try await Rig(rule("hourly", "every: 1h, \(terms)"), at: "2026-11-24 10:30", store: path)
        // The program was not there for hours.
        let rig = try await Rig(rule("hourly", "every: 1h, \(terms)"), at: "2026-11-24 \(now)", store: path)
        #expect(try await rig.fire() == expected.count)
        #expect(try await rig.times() == expected.map { "hourly 2026-11-24 \($0)" })
        #expect(try await rig.coming() == ["hourly 2026-11-24 15:00"])
        #expect(try await rig.fire() == 0)
    }

    @Test func `make no millions of events of a long time, and one transaction of what they make`()
        async throws
    {
        let path = try temporaryStorePath()
        let rules = rule("often", "every: 1s, missed: run_all, within: 30d")
        _ = try await Rig(rules, at: "2026-11-01 10:30", store: path)
        let rig = try await Rig(rules, at: "2026-11-24 10:30", store: path)
        #expect(try await rig.fire() == 1000)
        #expect(try await rig.times().last == "often 2026-11-24 10:30")
        #expect(try await rig.coming() == ["often 2026-11-24 10:30:01"])
    }

    @Test func `stay when other things of the rule change, and begin anew when the times do`() async throws {
        let before = rule("a", "at: '10:00'") + rule("b", "at: '10:00'") + rule("c", "at: '10:00'")
        let rig = try await Rig(before, at: "2026-11-24 08:00")
        try rig.move(to: "2026-11-24 10:30")
        // Not fired yet: what is known of 10:00 is a's timer, which stays.
        try await rig.reload(
            rule("a", "at: '10:00', missed: run_all", more: ", name: A") + rule("b", "at: ['10:00', '11:00']")
                + rule("c", "at: '10:00'", more: ", enabled: false") + rule("d", "at: '12:00'"))
        #expect(
            try await rig.coming() == ["a 2026-11-24 10:00", "b 2026-11-24 11:00", "d 2026-11-24 12:00"])
        try await rig.fire()
        #expect(try await rig.times() == ["a 2026-11-24 10:00"])
        #expect(try await rig.coming() == ["b 2026-11-24 11:00", "d 2026-11-24 12:00", "a 2026-11-25 10:00"])
        try await rig.reload("  []")
        #expect(try await rig.store.timers(of: bot, under: "").isEmpty)
    }

    @Test func `that are due while the rules change do nothing for rules that are gone`() async throws {
        let rig = try await Rig(rule("a", "at: '10:00'"), at: "2026-11-24 08:00")
        rig.live.replace(with: try Rig.rules(rule("b", "at: '11:00'")))
        try rig.move(to: "2026-11-24 10:00")
        #expect(try await rig.fire() == 0)
        #expect(try await rig.store.timers(of: bot, under: "").isEmpty)
        try await rig.schedules.align()
        #expect(try await rig.coming() == ["b 2026-11-24 11:00"])
    }

    @Test func `are each account's own, and other timers are left alone`() async throws {
        let path = try temporaryStorePath()
        let rig = try await Rig(rule("a", "at: '10:00'"), at: "2026-11-24 08:00", store: path)
        let second = try await Rig(
            rule("a", "at: '10:00'"), at: "2026-11-24 08:00", store: path, account: "second")
        let wait = StoredTimer(
            id: "run:1", due: rig.clock.now, chat: "u1",
            body: .wake(RunWake(run: "1", turn: 1, outcome: .time)))
        try await rig.store.change(timersOf: bot, set: [wait], remove: [])
        try await rig.reload(rule("a", "at: '10:00'") + rule("b", "at: '11:00'"))
        #expect(try await rig.fire() == 1)
        try rig.move(to: "2026-11-24 10:00")
        try await rig.fire()
        #expect(try await rig.times() == ["a 2026-11-24 10:00"])
        #expect(try await second.times() == [])
        #expect(try await second.coming() == ["a 2026-11-24 10:00"])
    }

    @Test func `of given moments end after the last`() async throws {
        let rig = try await Rig(
            rule("on", "on: [2026-11-24T09:00, 2026-11-24T10:00]"), at: "2026-11-24 08:00")
        for time in ["2026-11-24 09:00", "2026-11-24 10:00"] {
            try rig.move(to: time)
            #expect(try await rig.fire() == 1)
        }
        #expect(try await rig.coming() == [])
        try await rig.schedules.align()
        #expect(try await rig.store.nextTimer(of: bot) == nil)
    }

    @Test func `are late by their jitter, and the same at every start`() async throws {
        let rules = rule("often", "every: 1m, jitter: 30s, missed: run_all")
        let rig = try await Rig(rules, at: "2026-11-24 08:00")
        let due = try #require(try await rig.store.nextTimer(of: bot))
        let moment = try #require(Rig.settings.moment(of: "2026-11-24 08:01"))
        #expect(due > moment && due < moment + .seconds(30))
        rig.clock.advance(by: due - rig.clock.now + .microseconds(-1))
        #expect(try await rig.fire() == 0)
        rig.clock.advance(by: .microseconds(1))
        #expect(try await rig.fire() == 1)
        #expect(try await rig.times() == ["often 2026-11-24 08:01"])
        let again = try await Rig(rules, at: "2026-11-24 08:00")
        #expect(try await again.store.nextTimer(of: bot) == due)
    }
}

@Suite(.timeLimit(.minutes(5))) struct `Schedules in a running engine` {
    @Test func `start their rules at their times, and follow the rules that are exchanged`() async throws {
        let rig = try await Rig(rule("a", "every: 1h"), at: "2026-11-24 08:30")
        func noting(_ text: String, _ schedule: String) throws -> RuleSet {
            try Rig.rules(
                "  - { id: a, when: { schedule: { \(schedule) } }, then: { log: \"\(text) {{ schedule.time | time }}\" } }"
            )
        }
        rig.live.replace(with: try noting("one", "every: 1h"))
        let (notes, note) = AsyncStream.makeStream(of: String.self)
        let bus = EventBus(
            account: bot, store: rig.store, decider: RuleDecider(account: bot, rules: rig.live),
            clock: rig.clock,
            lifetime: .seconds(3600)
        ) { decided in for one in decided.notes { note.yield(one.text) } }
        let timers = Signal()
        let timekeeper = Timekeeper(
            account: bot, store: rig.store, bus: bus, moved: timers, clock: rig.clock,
            firing: rig.schedules.firing)
        let group = ServiceGroup(
            services: [bus, timekeeper, SchedulesService(schedules: rig.schedules, timers: timers)],
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await group.run() }
            var heard = notes.makeAsyncIterator()
            rig.clock.advance(by: .seconds(1800))
            #expect(await heard.next()?.hasPrefix("one 9:00") == true)
            rig.clock.advance(by: .seconds(3600))
            #expect(await heard.next()?.hasPrefix("one 10:00") == true)
            rig.live.replace(with: try noting("two", "every: 20m"))
            // Known to be set once the engine has seen the change.
            while try await rig.store.nextTimer(of: bot) != rig.clock.now + .seconds(1200) {
                try await Task.sleep(for: .milliseconds(5))
            }
            rig.clock.advance(by: .seconds(1200))
            #expect(await heard.next()?.hasPrefix("two 10:20") == true)
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }
}
