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
            // Every day has it, as `Schedule` reads clocks that jump.
            return Schedule.next(minute: minute, in: timezone, after: now) ?? now + .seconds(86_400)
        }
    }
}
