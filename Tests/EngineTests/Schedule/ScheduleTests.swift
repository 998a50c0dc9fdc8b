import BotKit
import Foundation
import Testing

@testable import Engine

struct `The moments of schedules` {
    private func cron(_ text: String, _ zone: String = "UTC") throws -> Schedule {
        let cron = try Cron(text)
        return Schedule(
            .calendar(cron.times, cron.days), timezone: try #require(TimeZone(identifier: zone)))
    }

    private func time(_ text: String, _ zone: String = "UTC") throws -> Timestamp {
        try #require(BotSettings(timezone: zone).moment(of: text))
    }

    private func every(_ interval: Duration, _ zone: String = "UTC") throws -> Schedule {
        Schedule(.every(interval), timezone: try #require(TimeZone(identifier: zone)))
    }

    @Test func `a day that a zone has skipped ends at once`() throws {
        // Samoa went from Thursday, 29 December 2011 to Saturday.
        let schedule = try cron("0 10 30 12 *", "Pacific/Apia")
        let next = schedule.next(after: try time("2011-12-29 12:00", "Pacific/Apia"))
        #expect(next == (try time("2011-12-31 00:00", "Pacific/Apia")))
    }

    @Test func `several times in one gap are one`() throws {
        let schedule = try cron("0,15,30,45 2 * * *", "Europe/Berlin")
        let gap = try time("2026-03-29 03:00", "Europe/Berlin")
        #expect(schedule.next(after: try time("2026-03-28 02:45", "Europe/Berlin")) == gap)
        #expect(schedule.next(after: gap) == (try time("2026-03-30 02:00", "Europe/Berlin")))
    }

    @Test func `an interval counts from a Monday midnight of the zone, whatever clocks do`() throws {
        let week = try every(.seconds(7 * 86_400), "Asia/Shanghai")
        #expect(
            week.next(after: try time("2026-11-24 12:00", "Asia/Shanghai"))
                == (try time("2026-11-30 00:00", "Asia/Shanghai")))
        let hours = try every(.seconds(6 * 3600), "Europe/Berlin")
        #expect(
            hours.next(after: try time("2026-07-01 12:00", "Europe/Berlin"))
                == (try time("2026-07-01 13:00", "Europe/Berlin")))
        #expect(
            try every(.seconds(3600)).next(after: Timestamp(microseconds: -1)) == Timestamp(seconds: 0))
    }

    @Test func `a day that never is has no moment`() throws {
        #expect(try cron("0 0 30 2 *").next(after: Timestamp(seconds: 1_700_000_000)) == nil)
        #expect(try cron("0 0 31 4,6,9,11 *").next(after: Timestamp(seconds: 1_700_000_000)) == nil)
        #expect(
            try cron("0 0 29 2 *").next(after: time("2096-03-01 00:00")) == time("2104-02-29 00:00"))
    }

    @Test(arguments: [
        ("* * * *", 0, "expected five fields (minute hour day-of-month month day-of-week), not 4"),
        ("0 0 0 * * *", 10, "expected five fields (minute hour day-of-month month day-of-week), not 6"),
        ("60 * * * *", 0, "60 is no minute, expected 0 to 59"),
        ("0  24 * * *", 3, "24 is no hour, expected 0 to 23"),
        ("0 0 1,32 * *", 6, "32 is no day of the month, expected 1 to 31"),
        ("0 0 * 0 *", 6, "0 is no month, expected 1 to 12"),
        ("0 0 * * mon-fry", 12, "'fry' is no day of the week, expected 0 to 7 or sun to sat"),
        ("0 0 * * 8", 8, "8 is no day of the week, expected 0 to 7"),
        ("0 0 * * fri-mon", 8, "fri-mon goes backwards, write fri-6,0-mon"),
        ("0 22-2 * * *", 2, "22-2 goes backwards, write 22-23,0-2"),
        ("5/15 * * * *", 0, "a step needs a range, such as 5-59/15"),
        ("*/0 * * * *", 2, "'0' is no step, expected a number from 1 on after the /"),
        ("1, * * * *", 2, "nothing is no minute, expected 0 to 59"),
        ("0 0 L * *", 4, "'L' is no day of the month, expected 1 to 31"),
        ("0 0 ? * *", 4, "'?' is no day of the month, expected 1 to 31"),
        ("@daily", 0, "'@daily' is not five fields"),
        ("-1 * * * *", 0, "nothing is no minute, expected 0 to 59"),
        ("", 0, "expected five fields (minute hour day-of-month month day-of-week), not 0"),
    ])
    func `a wrong field is shown to the character`(text: String, offset: Int, message: String) {
        let problem = #expect(throws: Cron.Problems.self) { try Cron(text) }?.all.first
        #expect(problem?.offset == offset)
        #expect(problem?.message == message)
    }

    @Test func `names of days and months may be in lists and ranges, in any case, and seven is Sunday`()
        throws
    {
        #expect(try Cron("0 0 * JAN-mar,12 Sun") == Cron("0 0 * 1,2,3,12 7"))
        #expect(try Cron("0 0 * * fri-sun") == Cron("0 0 * * 0,5,6"))
        #expect(try Cron("0 0 * * 6-7") == Cron("0 0 * * sat,sun"))
    }

    @Test func `random expressions are read or refused, and never stop the program`() throws {
        var random = SystemRandomNumberGenerator()
        let letters = Array("0123456789*/-, ,monjanL?#\u{301}é ")
        for _ in 0..<20_000 {
            let text = String(
                (0..<Int.random(in: 0..<24, using: &random)).map { _ in letters.randomElement()! })
            guard let cron = try? Cron(text) else { continue }
            let schedule = Schedule(.calendar(cron.times, cron.days), timezone: .gmt)
            _ = schedule.next(after: Timestamp(seconds: 1_700_000_000))
        }
    }

    @Test(arguments: [Duration.seconds(1), .seconds(90), .seconds(86_400)])
    func `jitter stays within its length, before the next moment, and is the same again`(jitter: Duration)
        throws
    {
        var schedule = try every(.seconds(60))
        schedule.jitter = jitter
        var moment = try #require(schedule.next(after: Timestamp(seconds: 1_700_000_000)))
        var shares: [Double] = []
        for _ in 0..<2000 {
            let due = schedule.due(moment, name: "schedule:news")
            let next = try #require(schedule.next(after: moment))
            #expect(due >= moment && due < next && due - moment < jitter)
            #expect(due == schedule.due(moment, name: "schedule:news"))
            shares.append((due - moment) / min(jitter, .seconds(60)))
            moment = next
        }
        // Even: of two thousand, a tenth each within about five standard deviations.
        for tenth in 0..<10 {
            let count = shares.filter { Int($0 * 10) == tenth }.count
            #expect((140...260).contains(count))
        }
        #expect(schedule.due(moment, name: "schedule:other") != schedule.due(moment, name: "schedule:news"))
    }
}

struct `Missed moments` {
    private let now = Timestamp(seconds: 1_795_000_000)

    private func schedule(_ interval: Duration, _ missed: Schedule.MissedPolicy, within: Duration) -> Schedule
    {
        var schedule = Schedule(.every(interval), timezone: .gmt)
        (schedule.missed, schedule.within) = (missed, within)
        return schedule
    }

    private func come(_ schedule: Schedule, downFor duration: Duration) -> DueMoments {
        let first = schedule.next(after: now + (.zero - duration)) ?? now
        return schedule.come(from: first, now: now, name: "schedule:x")
    }

    @Test func `run_once runs the newest, run_all those within, skip none`() {
        // 1795000000 is 400 seconds past a full hour.
        let hours = Duration.seconds(3600)
        let fiveHours = Duration.seconds(5 * 3600)
        let newest = Timestamp(seconds: 1_795_000_000 - 400)
        #expect(come(schedule(hours, .runOnce, within: hours), downFor: fiveHours).run == [newest])
        let all = come(schedule(hours, .runAll, within: .seconds(4000)), downFor: fiveHours)
        #expect(all.run == [newest + .seconds(-3600), newest])
        #expect(all.skipped == 3 && all.last == newest)
        let none = come(schedule(hours, .skip, within: fiveHours), downFor: fiveHours)
        #expect(none.run.isEmpty && none.last == newest && none.skipped == 5)
        #expect(come(schedule(hours, .runOnce, within: .seconds(399)), downFor: fiveHours).run.isEmpty)
        #expect(come(schedule(hours, .runOnce, within: .seconds(400)), downFor: fiveHours).run == [newest])
    }

    @Test func `the newest is not missed while it is no later than a busy machine may be`() {
        let minute = schedule(.seconds(3600), .skip, within: .seconds(1))
        let moment = Timestamp(seconds: 1_795_000_000 - 400)
        #expect(minute.come(from: moment, now: moment + .seconds(60), name: "x").run == [moment])
        #expect(minute.come(from: moment, now: moment + .seconds(61), name: "x").run.isEmpty)
        #expect(minute.come(from: moment, now: moment + .seconds(-1), name: "x") == DueMoments())
    }

    @Test func `of very many only the newest are made up for`() {
        let seconds = schedule(.seconds(1), .runAll, within: .seconds(7 * 86_400))
        let moments = come(seconds, downFor: .seconds(7 * 86_400))
        #expect(moments.run.count == 1000 && moments.run.last == now && moments.skipped > 0)
        #expect(come(seconds, downFor: .seconds(900)).run.count == 900)
    }

    @Test func `a moment whose jitter is still to come has not come`() {
        var hours = schedule(.seconds(3600), .runAll, within: .seconds(86_400))
        hours.jitter = .seconds(3600)
        let moments = come(hours, downFor: .seconds(36_000))
        #expect(moments.run.allSatisfy { hours.due($0, name: "schedule:x") <= now })
        #expect((9...10).contains(moments.run.count))
    }
}
