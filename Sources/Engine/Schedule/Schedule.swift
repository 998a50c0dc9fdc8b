package import BotKit
package import Foundation

/// Moments at which something is to happen: the trigger `schedule`.
package struct Schedule: Hashable, Sendable {
    let recurrence: Recurrence
    /// Whose clock it goes by.
    package let timezone: TimeZone
    /// How late a moment may be made by chance, so that not everything happens at the same second.
    var jitter = Duration.zero
    var missed = MissedPolicy.runOnce
    /// How old a missed moment may be and still count.
    var within = Duration.seconds(3600)

    enum Recurrence: Hashable, Sendable {
        /// Times of day on certain days, by the clock of the zone: `at` and `cron`.
        ///
        /// What happens when clocks are changed is one rule: a moment is the first at which the clock shows its time, or
        /// more. So a time that occurs twice runs the first time, and one that does not exist at the next valid minute.
        case calendar(TimesOfDay, DaysOfYear)
        /// An interval of elapsed time, whatever clocks show, counted from Monday, 1 January 2024, 00:00 in the zone.
        case every(Duration)
        /// Given moments, in order.
        case moments([Timestamp])
    }

    /// What becomes of moments that came while nothing ran.
    enum MissedPolicy: String, Hashable, Sendable, CaseIterable {
        case skip
        case runOnce = "run_once"
        case runAll = "run_all"
    }

    init(_ recurrence: Recurrence, timezone: TimeZone) {
        self.recurrence = recurrence
        self.timezone = timezone
    }

    /// The first moment after an instant, without jitter; nil if there is none any more.
    package func next(after instant: Timestamp) -> Timestamp? {
        switch recurrence {
        case .calendar(let times, let days): return next(times, days, after: instant)
        case .every(let interval):
            let step = interval.microseconds
            let start = Self.startOfGrid(in: timezone)
            let passed = instant.microseconds - start
            let rounds = passed >= 0 ? passed / step : (passed - step + 1) / step
            return Timestamp(microseconds: start + (rounds + 1) * step)
        case .moments(let moments): return moments.first { $0 > instant }
        }
    }

    private func next(_ times: TimesOfDay, _ days: DaysOfYear, after instant: Timestamp) -> Timestamp? {
        if times.first(from: 0) == nil { return nil }
        let clock = WallTime(zone: timezone)
        // The next whole minute that the clock has not shown yet.
        let minute = Self.floor(clock.highest(until: instant.seconds), 60) + 1
        var day = Int(Self.floor(minute, 1440))
        var minuteOfDay = Int(minute) - day * 1440
        while let found = days.first(from: day) {
            if let minute = times.first(from: found == day ? minuteOfDay : 0) {
                let wall = Int64(found) * 86_400 + Int64(minute) * 60
                return Timestamp(seconds: clock.firstInstant(showing: wall))
            }
            (day, minuteOfDay) = (found + 1, 0)
        }
        return nil
    }

    /// The first moment after an instant at which a zone's clock shows so many minutes after midnight; 1440 is midnight.
    static func next(minute: Int, in zone: TimeZone, after instant: Timestamp) -> Timestamp? {
        Schedule(.calendar(TimesOfDay(minutes: [minute % 1440]), DaysOfYear()), timezone: zone)
            .next(after: instant)
    }

    private static func startOfGrid(in zone: TimeZone) -> Int64 {
        WallTime(zone: zone).firstInstant(showing: 1_704_067_200) * 1_000_000
    }

    private static func floor(_ number: Int64, _ divisor: Int64) -> Int64 {
        number / divisor - (number % divisor < 0 ? 1 : 0)
    }
}

extension Schedule {
    /// Differs where the times do; what becomes of missed ones is no part of it. Kept in rows, so it stays as it is.
    var fingerprint: String {
        let times =
            switch recurrence {
            case .calendar(let times, let days): "calendar \(times.text) \(days.text)"
            case .every(let interval): "every \(interval.microseconds)"
            case .moments(let moments): "moments \(moments.map(\.microseconds))"
            }
        return Pick.fingerprint(of: "\(times) \(timezone.identifier) \(jitter.microseconds)")
    }

    /// When a moment is due: with its share of the jitter, which is the same at every try, and always before the next.
    ///
    /// - Parameter name: what the jitter is drawn for, so that schedules alike do not run together.
    package func due(_ moment: Timestamp, name: String) -> Timestamp {
        guard jitter > .zero else { return moment }
        let room = next(after: moment).map { $0 - moment } ?? jitter
        let most = min(jitter, room).microseconds
        return moment
            + .microseconds(Pick.number(below: most, for: "\(moment.microseconds)", salt: name))
    }
}
