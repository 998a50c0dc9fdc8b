import BotKit
import Foundation

/// How long a run waits.
enum WaitLength: Sendable {
    case length(Duration)
    /// Some time between the two, by chance.
    case span(ClosedRange<Duration>, salt: String)
    /// Until the clock shows that many minutes after midnight.
    case until(minute: Int, in: TimeZone)

    /// When the wait is over.
    func end(after now: Timestamp, for event: EventID) -> Timestamp {
        switch self {
        case .length(let length): return now + length
        case .span(let span, let salt): return now + Pick.length(in: span, for: event, salt: salt)
        case .until(let minute, let timezone):
            var calendar = Calendar(identifier: .gregorian)
            calendar.timeZone = timezone
            // A time that does not exist on a day is the next that does; one that comes twice is the first.
            let next = calendar.nextDate(
                after: Date(timeIntervalSince1970: Double(now.seconds)),
                matching: DateComponents(hour: minute / 60, minute: minute % 60, second: 0),
                matchingPolicy: .nextTime, repeatedTimePolicy: .first)
            return next.map { Timestamp(seconds: Int64($0.timeIntervalSince1970)) } ?? now + .seconds(86_400)
        }
    }
}
