import BotKit
import Foundation
import Testing

@testable import Engine

@Suite struct `A schedule in the rules` {
    private func schedule(_ text: String, zone: String = "UTC") throws -> Schedule {
        let file = """
            version: 1
            bot: { timezone: \(zone) }
            rules:
              - { id: r, when: { schedule: \(text) }, then: { log: x } }
            """
        let rules = try RulesFile.parse(Array(file.utf8), secrets: NoSecrets()).rules
        return try #require(rules.schedules.values.first).schedule
    }

    private func next(_ text: String, zone: String = "UTC", after: String, count: Int = 1) throws -> [String]
    {
        let schedule = try schedule(text, zone: zone)
        var now = try #require(BotSettings(timezone: schedule.timezone.identifier).moment(of: after))
        return (0..<count).compactMap { _ in
            guard let next = schedule.next(after: now) else { return nil }
            now = next
            return schedule.text(of: next)
        }
    }

    @Test(arguments: [
        ("{ at: '10:00', days: [mon] }", "2026-11-24 12:00", ["2026-11-30 10:00", "2026-12-07 10:00"]),
        (
            "{ at: ['18:00', '9:30'], days: weekend }", "2026-11-27 12:00",
            ["2026-11-28 09:30", "2026-11-28 18:00"]
        ),
        ("{ at: '00:00' }", "2026-11-24 00:00", ["2026-11-25 00:00", "2026-11-26 00:00"]),
        ("{ every: 1h30m }", "2026-11-24 12:00", ["2026-11-24 13:30", "2026-11-24 15:00"]),
        (
            "{ cron: '0 9 1 jan,apr,jul,oct *' }", "2026-11-24 12:00",
            ["2027-01-01 09:00", "2027-04-01 09:00"]
        ),
        (
            "{ on: [2026-12-24T18:00, '2026-12-24 17:00:30'] }", "2026-11-24 12:00",
            ["2026-12-24 17:00:30", "2026-12-24 18:00"]
        ),
        ("{ on: 2026-12-24T18:00Z }", "2026-11-24 12:00", ["2026-12-25 02:00"]),
        ("{ on: 2026-12-24T18:00:01-03:30 }", "2026-11-24 12:00", ["2026-12-25 05:30:01"]),
        (
            "{ at: '10:00', timezone: Asia/Tokyo }", "2026-11-24 12:00",
            ["2026-11-25 10:00", "2026-11-26 10:00"]
        ),
    ])
    func `is due when it says, by the bot's clock or its own`(text: String, after: String, expected: [String])
        throws
    {
        #expect(try next(text, zone: "Asia/Shanghai", after: after, count: 2) == expected)
    }

    @Test func `has what becomes of missed times, and defaults for that`() throws {
        let plain = try schedule("{ at: '10:00' }")
        #expect(plain.missed == .runOnce && plain.within == .seconds(3600) && plain.jitter == .zero)
        let all = try schedule("{ every: 1m, missed: run_all, within: 2h, jitter: 10s }")
        #expect(all.missed == .runAll && all.within == .seconds(7200) && all.jitter == .seconds(10))
    }

    @Test(arguments: ["0 0 30 2 *", "0 0 31 4,6,9,11 *"])
    func `that never comes is warned of`(cron: String) throws {
        let text =
            "version: 1\nrules:\n  - { id: a, when: { schedule: { cron: '\(cron)' } }, then: { log: x } }"
        let warnings = try RulesFile.parse(Array(text.utf8), secrets: NoSecrets()).warnings.map(\.headline)
        #expect(warnings == ["rules.yaml:3:40: warning: there is no such day, so this never happens"])
    }

    private static let rules = """
        version: 1
        bot: { timezone: Asia/Shanghai }
        vars: { to: Staff }
        rules:
          - id: news
            when: [ { message: news }, { schedule: { at: "10:00" } }, { schedule: { at: "12:00", within: 2h } } ]
            max_age: 1m
            then: [ { send: { to: "chat:Staff", text: "{{ now | time }}" } } ]
          - { id: other, when: { schedule: { at: "10:00" } }, then: [ { send: { to: "user:Ann", text: "other {{ schedule.time | time }}" } } ] }
        """

    @Test(arguments: [
        "{ given: { schedule: news, at: '2026-11-23 10:00' }, expect: { rule: news, sends: '/10:00/', replies: [] } }",
        "{ given: { schedule: other }, expect: { rule: other, sends: '/^other 12:00/' } }",
        "{ given: { message: news }, expect: { rule: news } }",
    ])
    func `can be tested in the file`(test: String) throws {
        let text = Self.rules + "\ntests:\n  - " + test
        #expect(try RulesFile.parse(Array(text.utf8), secrets: NoSecrets()).failures().map(\.headline) == [])
    }

    @Test func `starts its own rule, by its own trigger, and only while it is young enough`() throws {
        let set = try RulesFile.parse(Array(Self.rules.utf8), secrets: NoSecrets()).rules
        let due = Timestamp(seconds: 1_795_500_000)
        func trace(_ rule: String, _ trigger: Int, late: Duration) throws -> [String] {
            let state = MemoryState(now: due + late)
            state.inventsContacts = true
            let event = Event(
                id: "e", chat: .none, chatKind: .private, time: due,
                body: .scheduled(ScheduledTime(rule: rule, trigger: trigger, time: due)))
            let circumstances = Circumstances(account: "bot", now: due + late)
            let decision = try set.decide(event, in: circumstances, state)
            return decision.trace.filter { $0.verdict == .yes && $0.check == "then" }.map(\.rule)
                + decision.trace.filter { $0.check == "within" }.map(\.check)
        }
        #expect(try trace("news", 1, late: .seconds(3500)) == ["news"])
        #expect(try trace("news", 1, late: .seconds(3700)) == ["within"])
        #expect(try trace("news", 2, late: .seconds(3700)) == ["news"])
        #expect(try trace("news", 3, late: .zero) == [])
        #expect(try trace("gone", 0, late: .zero) == [])
    }
}
