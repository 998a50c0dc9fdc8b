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
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = timezone
        let now = Date(timeIntervalSince1970: Double(time.microseconds) / 1_000_000)
        let today = calendar.startOfDay(for: now)
        // It may have begun yesterday; and within a week every day has come.
        for offset in -1...8 {
            guard let day = calendar.date(byAdding: .day, value: offset, to: today) else { continue }
            let weekday = (calendar.component(.weekday, from: day) + 5) % 7
            guard days?.contains(weekday) ?? true, let from = moment(window.from, on: day, calendar),
                let to = moment(window.to, on: day, calendar, nextDay: window.to <= window.from), to > time
            else { continue }
            return QuietTime(from: from, to: to, drops: drops)
        }
        return nil
    }

    /// When the clock of a day shows that, or would if it did not jump.
    private func moment(_ minute: Int, on day: Date, _ calendar: Calendar, nextDay: Bool = false)
        -> Timestamp?
    {
        let days = (nextDay ? 1 : 0) + minute / 1440
        let date = calendar.date(byAdding: .day, value: days, to: day).flatMap { day in
            calendar.date(
                bySettingHour: minute % 1440 / 60, minute: minute % 60, second: 0, of: day,
                matchingPolicy: .nextTime, repeatedTimePolicy: .first)
        }
        return date.map { Timestamp(seconds: Int64($0.timeIntervalSince1970)) }
    }
}
