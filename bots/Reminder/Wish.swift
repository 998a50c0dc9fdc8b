import BotKit

/// `remind me in 20 minutes to call Bob`, `20分钟后提醒我开会`.
struct Wish: Equatable {
    /// `20 minutes`.
    let length: String
    /// Nil if that is longer than anybody can wait.
    let wait: Duration?
    let what: String

    /// Nil if the text asks for no reminder.
    init?(_ text: String) {
        let english = #/remind\s+me\s+in\s+(an?|\d{1,6})\s*([a-z]+)\s+(?:to|about|that|of)\s+(.+)/#
            .ignoresCase().dotMatchesNewlines()
        let chinese = #/(\d{1,6})\s*(秒|分钟|小时|天)(?:后|之后|以后)提醒我\s*(.+)/#.dotMatchesNewlines()
        guard let match = text.wholeMatch(of: english) ?? text.wholeMatch(of: chinese),
            let unit = Self.units[match.2.lowercased()]
        else { return nil }
        let count = Int64(match.1) ?? 1
        length = Self.text(count, unit.name)
        wait = .seconds(count * unit.seconds)
        what = String(match.3)
    }

    private static let units: [String: (name: String, seconds: Int64)] = {
        let words: [(String, Int64, [String])] = [
            ("second", 1, ["s", "sec", "secs", "second", "seconds", "秒"]),
            ("minute", 60, ["m", "min", "mins", "minute", "minutes", "分钟"]),
            ("hour", 3600, ["h", "hour", "hours", "小时"]),
            ("day", 86_400, ["d", "day", "days", "天"]),
            ("week", 604_800, ["w", "week", "weeks"]),
        ]
        return Dictionary(
            words.flatMap { name, seconds, words in words.map { ($0, (name, seconds)) } },
            uniquingKeysWith: { first, _ in first })
    }()

    private static func text(_ count: Int64, _ unit: String) -> String {
        "\(count) \(unit)\(count == 1 ? "" : "s")"
    }

    /// A length in its greatest unit that fits.
    static func inWords(_ length: Duration) -> String {
        let seconds = max(1, length.components.seconds)
        switch seconds {
        case ..<120: return text(seconds, "second")
        case ..<7200: return text(seconds / 60, "minute")
        case ..<172_800: return text(seconds / 3600, "hour")
        default: return text(seconds / 86_400, "day")
        }
    }
}
