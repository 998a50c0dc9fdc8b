import BotKit
import Foundation
import Synchronization

/// Writes moments one way, in the bot's time zone and language.
final class MomentText: Sendable {
    enum Style: Hashable, Sendable {
        case date
        case time
        case dateAndTime
        /// Unicode's letters: `yyyy-MM-dd`.
        case pattern(String)
    }

    private let style: Style
    private let bot: BotSettings
    // Made at first use: a formatter is slow to make, and not every template is ever filled in.
    private let formatter = Mutex<DateFormatter?>(nil)

    init(_ style: Style, for bot: BotSettings) {
        self.style = style
        self.bot = bot
    }

    func text(of time: Timestamp) -> String {
        let date = Date(timeIntervalSince1970: Double(time.seconds))
        return formatter.withLock { formatter in
            let known = formatter ?? Self.make(style, for: bot)
            formatter = known
            return known.string(from: date)
        }
    }

    private static func make(_ style: Style, for bot: BotSettings) -> DateFormatter {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: bot.language)
        formatter.calendar = Calendar(identifier: .gregorian)
        formatter.timeZone = TimeZone(identifier: bot.timezone) ?? .gmt
        switch style {
        case .date: formatter.dateStyle = .medium
        case .time: formatter.timeStyle = .short
        case .dateAndTime:
            formatter.dateStyle = .medium
            formatter.timeStyle = .short
        case .pattern(let pattern): formatter.dateFormat = pattern
        }
        return formatter
    }

    /// The first letter of a pattern that has no meaning, outside quotes; nil if all have one.
    static func unknownLetter(in pattern: String) -> Character? {
        var isQuoted = false
        for character in pattern {
            if character == "'" { isQuoted.toggle() }
            let isLetter = character.isASCII && character.isLetter
            if !isQuoted, isLetter, !"GyYuUrQqMLwWdDFgEecabBhHKkmsSAzZOvVXx".contains(character) {
                return character
            }
        }
        return nil
    }
}

/// Writes numbers one way, in the bot's language.
struct NumberText: Sendable {
    private let style: Decimal.FormatStyle

    /// - Parameter digits: how many stand after the point; nil for as many as there are.
    init(digits: Int?, for bot: BotSettings) {
        let style = Decimal.FormatStyle(locale: Locale(identifier: bot.language))
        self.style =
            if let digits { style.precision(.fractionLength(digits)) } else {
                style.precision(.fractionLength(0...20))
            }
    }

    /// The number as people of the bot's language write it.
    func text(of number: Decimal) -> String { style.format(number) }

    /// The number that a text spells in ASCII digits; nil if it spells none.
    static func decimal(_ text: String) -> Decimal? {
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
        let areDigits = parts.allSatisfy { part in
            !part.isEmpty && part.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        }
        guard (1...2).contains(parts.count), areDigits, digits.utf8.count <= 30 else { return nil }
        return Decimal(string: text, locale: Locale(identifier: "en_US_POSIX"))
    }
}
