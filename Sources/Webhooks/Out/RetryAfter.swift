import BotKit
import Glibc

/// The header `Retry-After` (RFC 9110, section 10.2.3): seconds, or a date.
enum RetryAfter {
    /// Nobody is waited for longer; and what was said wrongly is as if nothing was.
    static let longest = Duration.seconds(86_400)

    static func duration(_ value: String, now: Timestamp) -> Duration? {
        if (1...9).contains(value.utf8.count), let seconds = Int64(value), seconds >= 0 {
            return min(.seconds(seconds), longest)
        }
        return date(value).map { min(max($0 - now, .zero), longest) }
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`; the two older forms are not in use.
    private static func date(_ text: String) -> Timestamp? {
        let parts = text.split(whereSeparator: { " :".contains($0) })
        guard parts.count == 8, parts[7] == "GMT", let day = Int32(parts[1]), let year = Int32(parts[3]),
            let month = months.firstIndex(of: String(parts[2])), let hour = Int32(parts[4]),
            let minute = Int32(parts[5]), let second = Int32(parts[6]), (1...31).contains(day),
            (1970...9999).contains(year), (0...23).contains(hour), (0...59).contains(minute),
            (0...60).contains(second)
        else { return nil }
        var time = unsafe tm()
        unsafe (time.tm_year, time.tm_mon, time.tm_mday) = (year - 1900, Int32(month), day)
        unsafe (time.tm_hour, time.tm_min, time.tm_sec) = (hour, minute, second)
        return unsafe Timestamp(seconds: Int64(timegm(&time)))
    }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}
