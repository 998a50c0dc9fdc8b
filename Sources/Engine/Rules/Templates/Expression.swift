import BotKit
import Foundation

/// Something that gives a value: `vars.count + 1`, `sender.name | upper`. Without loops, so it takes no longer than it is
/// long, and without effects.
indirect enum Expression: Sendable {
    /// - offset: where it stands in the text, in Unicode scalars.
    case value(ValueName, offset: Int)
    case constant(Value)
    case filtered(Expression, Filter)
    case not(Expression)
    case negative(Expression)
    case operation(Operation, Expression, Expression)

    enum Operation: String, Sendable {
        case or, and
        case equal = "=="
        case unequal = "!="
        case less = "<"
        case atMost = "<="
        case more = ">"
        case atLeast = ">="
        case contained = "in"
        case plus = "+"
        case minus = "-"
        case times = "*"
        case divided = "/"
        case remainder = "%"
    }

    /// The value, with the names of one event.
    ///
    /// - Throws: `TemplateError` if a value is missing or of the wrong kind, or what the look-up throws.
    func value(_ values: some ValueSource) throws -> Value {
        switch self {
        case .value(let name, _): return try values.value(of: name)
        case .constant(let value): return value
        case .filtered(let expression, let filter):
            return try filter.apply(to: expression.value(values), of: expression.spelling)
        case .not(let expression): return .flag(!(try expression.flag(values)))
        case .negative(let expression): return .number(-(try expression.number(values)))
        case .operation(.or, let left, let right):
            return .flag(try left.flag(values) || right.flag(values))
        case .operation(.and, let left, let right):
            return .flag(try left.flag(values) && right.flag(values))
        case .operation(let operation, let left, let right):
            return try operation.combine(left, right, values)
        }
    }

    /// The value, which has to be true or false.
    func flag(_ values: some ValueSource) throws -> Bool {
        let value = try value(values)
        guard case .flag(let flag) = value else {
            throw TemplateError(reason: "\(spelling) is \(value.kindInWords), not true or false")
        }
        return flag
    }

    fileprivate func number(_ values: some ValueSource) throws -> Decimal {
        let value = try value(values)
        if let number = value.asNumber { return number }
        throw TemplateError(reason: "\(spelling) is \(value.traced), not a number")
    }

    /// What it is called in messages.
    var spelling: String {
        switch self {
        case .value(let name, _): name.spelling
        case .constant(.text(let text)): "\"\(text)\""
        case .constant(let value): value.traced
        case .filtered(let expression, _): expression.spelling
        case .not(let expression): "not \(expression.spelling)"
        case .negative(let expression): "-\(expression.spelling)"
        case .operation(let operation, let left, let right):
            "\(left.spelling) \(operation.rawValue) \(right.spelling)"
        }
    }

    /// Every name in it, and whether `default` stands in for it where it is missing.
    var names: [(name: ValueName, offset: Int, hasDefault: Bool)] {
        switch self {
        case .value(let name, let offset): [(name, offset, false)]
        case .constant: []
        case .filtered(let expression, .default):
            expression.names.map { ($0.name, $0.offset, true) }
        case .filtered(let expression, _), .not(let expression), .negative(let expression): expression.names
        case .operation(_, let left, let right): left.names + right.names
        }
    }
}

extension Expression.Operation {
    fileprivate func combine(
        _ left: Expression, _ right: Expression, _ values: some ValueSource
    ) throws -> Value {
        switch self {
        case .equal, .unequal:
            let areEqual = try left.value(values).isEqual(to: right.value(values))
            return .flag(areEqual == (self == .equal))
        case .less, .atMost, .more, .atLeast:
            let (first, second) = (try left.value(values), try right.value(values))
            guard let isLess = first.isLess(than: second), let isMore = second.isLess(than: first) else {
                throw TemplateError(
                    reason: "\(first.traced) and \(second.traced) have no order: \(left.spelling)")
            }
            switch self {
            case .less: return .flag(isLess)
            case .more: return .flag(isMore)
            case .atMost: return .flag(!isMore)
            default: return .flag(!isLess)
            }
        case .contained:
            let (item, whole) = (try left.value(values), try right.value(values))
            switch whole {
            case .list(let items): return .flag(items.contains { $0.isEqual(to: item) })
            case .map(let map): return .flag(map[item.plainText ?? ""] != nil)
            case .text(let text): return .flag(text.contains(item.plainText ?? ""))
            default:
                throw TemplateError(reason: "\(right.spelling) is \(whole.kindInWords), and nothing is in it")
            }
        case .plus:
            let (first, second) = (try left.value(values), try right.value(values))
            if let one = first.asNumber, let other = second.asNumber { return .number(one + other) }
            guard let one = first.plainText, let other = second.plainText else {
                throw TemplateError(reason: "\(first.traced) and \(second.traced) cannot be added")
            }
            return .text(one + other)
        default:
            let (first, second) = (try left.number(values), try right.number(values))
            return .number(try Self.calculate(self, first, second))
        }
    }

    private static func calculate(_ operation: Self, _ left: Decimal, _ right: Decimal) throws -> Decimal {
        switch operation {
        case .minus: return left - right
        case .times: return left * right
        default:
            guard right != 0 else { throw TemplateError(reason: "nothing can be divided by 0") }
            let quotient = left / right
            guard operation == .remainder else { return quotient }
            var whole = Decimal()
            var exact = quotient
            unsafe NSDecimalRound(&whole, &exact, 0, quotient < 0 ? .up : .down)
            return left - whole * right
        }
    }
}
