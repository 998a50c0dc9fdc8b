import BotKit
import Foundation

/// How values of different kinds meet: what a person typed as text may well be a number.
extension Value {
    /// The number that it is, or that its text spells.
    var asNumber: Decimal? {
        switch self {
        case .number(let number): number
        case .text(let text): NumberText.decimal(text)
        default: nil
        }
    }

    /// What stands in a text for it; nil for what has no obvious text.
    var plainText: String? {
        switch self {
        case .text(let text): text
        case .number(let number): "\(number)"
        case .flag(let flag): flag ? "true" : "false"
        case .missing, .time, .list, .map: nil
        }
    }

    /// Whether both say the same: 1 and "1" do, and so do true and "yes".
    func isEqual(to other: Value) -> Bool {
        if self == other { return true }
        switch (self, other) {
        case (.number, .text), (.text, .number):
            guard let left = asNumber, let right = other.asNumber else { return false }
            return left == right
        case (.flag(let flag), .text(let text)), (.text(let text), .flag(let flag)):
            return flag ? text == "true" || text == "yes" : text == "false" || text == "no"
        default: return false
        }
    }

    /// Nil if the two have no order.
    func isLess(than other: Value) -> Bool? {
        if let left = asNumber, let right = other.asNumber { return left < right }
        switch (self, other) {
        case (.time(let left), .time(let right)): return left < right
        case (.text(let left), .text(let right)): return left < right
        default: return nil
        }
    }

    /// What is found in it by names, one below the other; a number counts the items of a list from 0.
    subscript(path: some Collection<String>) -> Value {
        var value = self
        for name in path {
            switch value {
            case .map(let map): value = map[name] ?? .missing
            case .list(let list):
                guard let index = wholeNumber(name), list.indices.contains(index) else { return .missing }
                value = list[index]
            default: return .missing
            }
        }
        return value
    }

    /// The start of it, for a trace.
    var traced: String {
        switch self {
        case .missing: "nothing"
        case .time(let time): Date(timeIntervalSince1970: Double(time.seconds)).formatted(.iso8601)
        case .list, .map: Engine.traced(json)
        default: Engine.traced(plainText ?? "")
        }
    }
}
