import BotKit
import Foundation

/// A part of the day in which nothing is to be said.
struct QuietHours: Sendable {
    let window: TimeCheck.Window
    let timezone: TimeZone
    /// Days on which it begins, 0 for Monday; nil for all.
    var days: Set<Int>?
    /// Whether what would be said then is not said at all; else it is afterwards.
    var drops = false
    /// Who is told all the same.
    var except: [Reference] = []

    /// The quiet time that it is, or that comes next.
    func next(at time: Timestamp) -> QuietTime? {
        let clock = WallTime(zone: timezone)
        let wall = time.seconds + clock.offset(at: time.seconds)
        let today = Int(wall / 86_400) - (wall % 86_400 < 0 ? 1 : 0)
        func moment(_ minute: Int, on day: Int) -> Timestamp {
            Timestamp(seconds: clock.firstInstant(showing: Int64(day) * 86_400 + Int64(minute) * 60))
        }
        // It may have begun yesterday; and within a week every day has come.
        for day in today - 1...today + 8 {
            let weekday = (CivilDate(dayNumber: day).weekday + 6) % 7
            guard days?.contains(weekday) ?? true else { continue }
            let to = moment(window.to, on: window.to <= window.from ? day + 1 : day)
            if to > time { return QuietTime(from: moment(window.from, on: day), to: to, drops: drops) }
        }
        return nil
    }
}
