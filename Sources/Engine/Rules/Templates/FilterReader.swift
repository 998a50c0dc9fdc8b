import Foundation

/// Reads one filter of an expression, and sees that it fits what stands before it.
struct FilterReader {
    let bot: BotSettings
    /// What the value is, before the filter and then after it.
    private(set) var kind: ValueName.Kind

    init(bot: BotSettings, kind: ValueName.Kind) {
        self.bot = bot
        self.kind = kind
    }

    private static let names = [
        "upper", "lower", "trim", "truncate", "default", "date", "time", "number", "join", "escape", "json",
    ]

    /// Reads one, from just after its `|`.
    mutating func read(_ scanner: inout TemplateScanner) throws(TemplateProblem) -> Filter {
        guard case .name(let name) = try scanner.next() else {
            throw TemplateProblem(message: "expected a filter here, such as upper", offset: scanner.start)
        }
        let offset = scanner.start
        guard Self.names.contains(name) else {
            let meant = nearest(to: name, among: Self.names)
            let all = meant == nil ? ", there is: \(Self.names.joined(separator: ", "))" : ""
            throw TemplateProblem(
                message: "unknown filter \(quoted(name))\(all)", offset: offset, suggestion: meant)
        }
        let arguments = try Self.arguments(&scanner)
        let filter = try filter(name, arguments, at: offset)
        switch filter {
        case .default: kind = kind == .text ? .text : .any
        default: kind = .text
        }
        return filter
    }

    private func filter(
        _ name: String, _ arguments: [TemplateScanner.Token], at offset: Int
    ) throws(TemplateProblem) -> Filter {
        func wrong(_ expected: String) -> TemplateProblem {
            TemplateProblem(message: "'\(name)' takes \(expected)", offset: offset)
        }
        switch (name, arguments.first, arguments.count) {
        case ("truncate", .number(let number)?, 1):
            let length = NSDecimalNumber(decimal: number).intValue
            guard Decimal(length) == number, (1...Template.maximumLength).contains(length) else {
                throw wrong("one number from 1 to 4000, such as truncate(20)")
            }
            return .truncate(length)
        case ("truncate", _, _): throw wrong("one number from 1 to 4000, such as truncate(20)")
        case ("default", .text(let text)?, 1): return .default(text)
        case ("default", _, _): throw wrong("one text in quotes, such as default(\"you\")")
        case ("date", .text(let pattern)?, 1), ("time", .text(let pattern)?, 1):
            return .moment(try moment(name, .pattern(pattern), at: offset))
        case ("date", nil, 0): return .moment(try moment(name, .date, at: offset))
        case ("time", nil, 0): return .moment(try moment(name, .time, at: offset))
        case ("date", _, _), ("time", _, _):
            throw wrong("one text in quotes or nothing, such as date(\"yyyy-MM-dd\")")
        case ("number", .number(let number)?, 1):
            let digits = NSDecimalNumber(decimal: number).intValue
            guard Decimal(digits) == number, (0...10).contains(digits) else {
                throw wrong("one number from 0 to 10 or nothing, such as number(2)")
            }
            return .number(NumberText(digits: digits, for: bot))
        case ("number", nil, 0): return .number(NumberText(digits: nil, for: bot))
        case ("number", _, _): throw wrong("one number from 0 to 10 or nothing, such as number(2)")
        case ("join", .text(let separator)?, 1): return .join(separator)
        case ("join", nil, 0): return .join(", ")
        case ("join", _, _): throw wrong("one text in quotes or nothing, such as join(\", \")")
        case (_, _, 1...): throw wrong("nothing in brackets")
        case ("upper", _, _): return .upper(Locale(identifier: bot.language))
        case ("lower", _, _): return .lower(Locale(identifier: bot.language))
        case ("trim", _, _): return .trim
        case ("escape", _, _): return .escape
        default: return .json
        }
    }

    private func moment(
        _ name: String, _ style: MomentText.Style, at offset: Int
    ) throws(TemplateProblem) -> MomentText {
        if [.text, .flag, .number, .list].contains(kind) {
            throw TemplateProblem(
                message: "'\(name)' needs a time, such as now or message.time", offset: offset)
        }
        if kind == .day, name == "time" {
            throw TemplateProblem(
                message: "'time' needs a time, and today is a day", offset: offset, suggestion: "now")
        }
        if case .pattern(let pattern) = style {
            if pattern.isEmpty { throw TemplateProblem(message: "this format is empty", offset: offset) }
            if let letter = MomentText.unknownLetter(in: pattern) {
                throw TemplateProblem(
                    message:
                        "'\(letter)' has no meaning in a format, put '' around text that stands for itself",
                    offset: offset)
            }
        }
        return MomentText(style, for: bot)
    }

    /// The arguments in brackets; none without brackets.
    private static func arguments(
        _ scanner: inout TemplateScanner
    ) throws(TemplateProblem) -> [TemplateScanner.Token] {
        var ahead = scanner
        guard try ahead.next() == .mark("(") else { return [] }
        scanner = ahead
        var arguments: [TemplateScanner.Token] = []
        while true {
            let token = try scanner.next()
            switch token {
            case .mark(")") where arguments.isEmpty: return []
            case .text, .number: arguments.append(token)
            default:
                throw TemplateProblem(
                    message: "expected a number or a text in quotes here", offset: scanner.start)
            }
            switch try scanner.next() {
            case .mark(","): continue
            case .mark(")"): return arguments
            default: throw TemplateProblem(message: "expected ',' or ')' here", offset: scanner.start)
            }
        }
    }
}
