import BotKit
import Foundation
import Synchronization

/// One day by the clock on somebody's wall: from midnight to midnight, or to what comes closest where clocks are moved
/// at midnight. It may have 23 or 25 hours.
struct LocalDay: Sendable {
    /// `2027-01-15`.
    let name: String
    let start: Timestamp
    /// When the next one begins.
    let end: Timestamp

    /// The day that an instant belongs to.
    static func containing(_ instant: Timestamp, in timezone: String) -> LocalDay {
        if let known = newest.withLock({ $0[timezone] }), known.start <= instant, instant < known.end {
            return known
        }
        let day = LocalDay(containing: instant, in: timezone)
        newest.withLock { $0[timezone] = day }
        return day
    }

    /// The last one asked for in each zone: all but one question a day are for that. Zones come from rules files, so
    /// there are few.
    private static let newest = Mutex<[String: LocalDay]>([:])

    private init(containing instant: Timestamp, in timezone: String) {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(identifier: timezone) ?? .gmt
        let date = Date(timeIntervalSince1970: Double(instant.seconds))
        let interval =
            calendar.dateInterval(of: .day, for: date)
            ?? DateInterval(start: calendar.startOfDay(for: date), duration: 86_400)
        start = Timestamp(seconds: Int64(interval.start.timeIntervalSince1970))
        end = Timestamp(seconds: Int64(interval.end.timeIntervalSince1970))
        let parts = calendar.dateComponents([.year, .month, .day], from: date)
        let digits = { (number: Int?, count: Int) in
            let text = String(number ?? 0)
            return String(repeating: "0", count: max(0, count - text.count)) + text
        }
        name = "\(digits(parts.year, 4))-\(digits(parts.month, 2))-\(digits(parts.day, 2))"
    }
}
