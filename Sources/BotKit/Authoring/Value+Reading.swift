public import Foundation

/// A value as one of its kinds. What rules pass on is often a text, so a text that reads as a number is one.
extension Value {
    /// The text; a number or flag as people write it; nil for all else.
    public var asText: String? {
        switch self {
        case .text(let text): text
        case .number(let number): "\(number)"
        case .flag(let flag): flag ? "true" : "false"
        case .missing, .time, .list, .map: nil
        }
    }

    /// The number, also one that is written as a text; nil for all else.
    public var asDecimal: Decimal? {
        switch self {
        case .number(let number): number
        case .text(let text): Decimal(written: text)
        case .missing, .flag, .time, .list, .map: nil
        }
    }

    /// The number as a whole one; nil if it is none.
    public var asInt: Int? { asDecimal.flatMap(Int.init(whole:)) }

    /// True or false, also written as `true`, `yes`, `false` or `no`; nil for all else.
    public var asFlag: Bool? {
        switch self {
        case .flag(let flag): flag
        case .text("true"), .text("yes"): true
        case .text("false"), .text("no"): false
        case .missing, .text, .number, .time, .list, .map: nil
        }
    }

    /// The instant, also written as `2026-11-28T10:00:00Z` or as seconds since 1970-01-01 00:00 UTC; nil for all else.
    public var asTime: Timestamp? {
        switch self {
        case .time(let time): return time
        case .text(let text):
            if let date = try? Date(text, strategy: .iso8601) { return Timestamp(date) }
            return asDecimal.flatMap(Timestamp.init(seconds:))
        case .number(let seconds): return Timestamp(seconds: seconds)
        case .missing, .flag, .list, .map: return nil
        }
    }

    /// The list; a single text or number is a list of one; nil for all else.
    public var asList: [Value]? {
        switch self {
        case .list(let list): list
        case .text, .number: [self]
        case .missing, .flag, .time, .map: nil
        }
    }

    /// What a map has under a name; missing if there is nothing, or no map.
    public subscript(_ name: String) -> Value {
        if case .map(let map) = self { map[name] ?? .missing } else { .missing }
    }
}

extension Decimal {
    /// Digits, with a sign before and a point within; nil for anything else.
    fileprivate init?(written text: String) {
        let digits = text.drop { $0 == "-" || $0 == "+" }
        guard (1...60).contains(digits.utf8.count), text.utf8.count - digits.utf8.count <= 1,
            digits.utf8.first != UInt8(ascii: "."), digits.utf8.last != UInt8(ascii: "."),
            digits.utf8.count(where: { $0 == UInt8(ascii: ".") }) <= 1,
            digits.utf8.allSatisfy({
                $0 == UInt8(ascii: ".") || (UInt8(ascii: "0")...UInt8(ascii: "9")) ~= $0
            })
        else { return nil }
        self.init(string: text, locale: nil)
    }
}

extension Int {
    /// The same number; nil if it is none that `Int` has.
    fileprivate init?(whole number: Decimal) {
        // A whole number has no point when it is written, and what `Int` cannot hold it does not read.
        self.init("\(number)")
    }
}

extension Timestamp {
    /// Nil outside of the years that clocks show.
    fileprivate init?(seconds: Decimal) {
        let seconds = NSDecimalNumber(decimal: seconds).doubleValue
        guard seconds.isFinite, abs(seconds) < 253_402_300_800 else { return nil }
        self.init(microseconds: Int64((seconds * 1_000_000).rounded()))
    }

    /// The instant of a Foundation date.
    public init(_ date: Date) {
        let microseconds = date.timeIntervalSince1970 * 1_000_000
        self.init(microseconds: Int64(exactly: microseconds.rounded()) ?? (microseconds < 0 ? .min : .max))
    }

    /// The instant as a Foundation date.
    public var date: Date { Date(timeIntervalSince1970: Double(microseconds) / 1_000_000) }
}
