import BotKit
import Foundation

/// Reads one expression from a scanner's tokens, and names what is wrong with it.
struct ExpressionParser {
    let bot: BotSettings
    let names: KnownNames
    private var scanner: TemplateScanner
    private var depth = 0

    /// An expression with what is known of its value.
    private struct Typed {
        var expression: Expression
        var kind: ValueName.Kind
    }

    init(bot: BotSettings, names: KnownNames, scanner: TemplateScanner) {
        self.bot = bot
        self.names = names
        self.scanner = scanner
    }

    /// Where reading goes on.
    var index: Int { scanner.index }

    /// Reads up to `}}`, for a place in a text: whatever it gives becomes a text.
    mutating func insertion() throws(TemplateProblem) -> Expression {
        let typed = try filtered()
        try end()
        let style: MomentText.Style = typed.kind == .day ? .date : .dateAndTime
        return .filtered(typed.expression, .written(MomentText(style, for: bot)))
    }

    /// Reads up to `}}`, for a condition.
    mutating func condition() throws(TemplateProblem) -> Expression {
        scanner.skipBlanks()
        let start = scanner.index
        let typed = try filtered()
        try end()
        guard typed.kind == .flag || typed.kind == .any else {
            throw TemplateProblem(message: "expected something that is true or false", offset: start)
        }
        return typed.expression
    }

    /// Reads up to `}}`, for a value of its own.
    mutating func value() throws(TemplateProblem) -> Expression {
        let typed = try filtered()
        try end()
        return typed.expression
    }

    private mutating func end() throws(TemplateProblem) {
        guard case .close = try scanner.next() else {
            throw TemplateProblem(message: "expected '|' or '}}' here", offset: scanner.start)
        }
    }

    /// Takes the next token if it is one of these.
    private mutating func take(_ operations: [Expression.Operation]) throws(TemplateProblem) -> Expression
        .Operation?
    {
        var ahead = scanner
        let word: String
        switch try ahead.next() {
        case .mark(let mark): word = mark
        case .name(let name): word = name
        default: return nil
        }
        guard let operation = operations.first(where: { $0.rawValue == word }) else { return nil }
        scanner = ahead
        return operation
    }

    private mutating func filtered() throws(TemplateProblem) -> Typed {
        depth += 1
        defer { depth -= 1 }
        guard depth <= 16 else {
            throw TemplateProblem(
                message: "brackets are nested more than 16 deep here", offset: scanner.index)
        }
        var typed = try either()
        while true {
            var ahead = scanner
            guard try ahead.next() == .mark("|") else { return typed }
            scanner = ahead
            var reader = FilterReader(bot: bot, kind: typed.kind)
            let filter = try reader.read(&scanner)
            typed = Typed(expression: .filtered(typed.expression, filter), kind: reader.kind)
        }
    }

    private mutating func either() throws(TemplateProblem) -> Typed {
        var left = try both()
        while let operation = try take([.or]) {
            let right = try both()
            left = try combine(operation, left, right)
        }
        return left
    }

    private mutating func both() throws(TemplateProblem) -> Typed {
        var left = try negation()
        while let operation = try take([.and]) {
            let right = try negation()
            left = try combine(operation, left, right)
        }
        return left
    }

    private mutating func negation() throws(TemplateProblem) -> Typed {
        var count = 0
        var ahead = scanner
        while try ahead.next() == .name("not") {
            count += 1
            scanner = ahead
        }
        let operand = try comparison()
        guard count > 0 else { return operand }
        guard operand.kind == .flag || operand.kind == .any else {
            throw TemplateProblem(
                message: "'not' needs something that is true or false", offset: scanner.start)
        }
        return Typed(expression: count % 2 == 1 ? .not(operand.expression) : operand.expression, kind: .flag)
    }

    private mutating func comparison() throws(TemplateProblem) -> Typed {
        let left = try sum()
        let operations: [Expression.Operation] = [
            .equal, .unequal, .atMost, .atLeast, .less, .more, .contained,
        ]
        guard let operation = try take(operations) else { return left }
        return try combine(operation, left, try sum())
    }

    private mutating func sum() throws(TemplateProblem) -> Typed {
        var left = try product()
        while let operation = try take([.plus, .minus]) {
            let right = try product()
            left = try combine(operation, left, right)
        }
        return left
    }

    private mutating func product() throws(TemplateProblem) -> Typed {
        var left = try operand()
        while let operation = try take([.times, .divided, .remainder]) {
            let right = try operand()
            left = try combine(operation, left, right)
        }
        return left
    }

    private func combine(
        _ operation: Expression.Operation, _ left: Typed, _ right: Typed
    ) throws(TemplateProblem) -> Typed {
        let kind: ValueName.Kind
        switch operation {
        case .or, .and:
            for side in [left, right] where side.kind != .flag && side.kind != .any {
                throw TemplateProblem(
                    message: "'\(operation.rawValue)' needs something that is true or false on both sides",
                    offset: scanner.start)
            }
            kind = .flag
        case .equal, .unequal, .less, .atMost, .more, .atLeast, .contained: kind = .flag
        case .plus where left.kind != .number || right.kind != .number: kind = .any
        case .plus, .minus, .times, .divided, .remainder:
            for side in [left, right] where [.time, .day, .flag, .list].contains(side.kind) {
                throw TemplateProblem(
                    message: "'\(operation.rawValue)' needs numbers, and \(side.expression.spelling) is none",
                    offset: scanner.start)
            }
            kind = .number
        }
        return Typed(expression: .operation(operation, left.expression, right.expression), kind: kind)
    }

    private mutating func operand() throws(TemplateProblem) -> Typed {
        let token = try scanner.next()
        let offset = scanner.start
        switch token {
        case .name("true"): return Typed(expression: .constant(.flag(true)), kind: .flag)
        case .name("false"): return Typed(expression: .constant(.flag(false)), kind: .flag)
        case .name(let name):
            let value = try names.value(name, at: offset)
            return Typed(expression: .value(value, offset: offset), kind: value.kind)
        case .text(let text): return Typed(expression: .constant(.text(text)), kind: .text)
        case .number(let number): return Typed(expression: .constant(.number(number)), kind: .number)
        case .mark("-"): return Typed(expression: .negative(try operand().expression), kind: .number)
        case .mark("("):
            let inner = try filtered()
            guard try scanner.next() == .mark(")") else {
                throw TemplateProblem(message: "expected ')' here", offset: scanner.start)
            }
            return inner
        default:
            throw TemplateProblem(message: "expected a value here, such as sender.name", offset: offset)
        }
    }
}
