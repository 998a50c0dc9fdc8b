import BotKit
import Foundation

/// Something done to a value in a template, with its arguments read.
enum Filter: Sendable {
    case upper(Locale)
    case lower(Locale)
    case trim
    case truncate(Int)
    case `default`(String)
    case moment(MomentText)
    case number(NumberText)
    case join(String)
    case escape
    case json
    /// What a text shows of a value that no filter made a text of.
    case written(MomentText)

    func apply(to value: Value, of name: String) throws -> Value {
        switch (self, value) {
        case (.default(let other), .missing), (.default(let other), .text("")): return .text(other)
        case (.default, _): return value
        case (_, .missing): throw TemplateError(reason: "\(name) has no value")
        case (.moment(let moment), .time(let time)), (.written(let moment), .time(let time)):
            return .text(moment.text(of: time))
        case (.json, .text(let text)): return .text(Self.json(text))
        case (.json, .list), (.json, .map), (.written, .map): return .text(value.json)
        case (.join(let separator), .list(let items)): return .text(Self.join(items, separator))
        case (.written, .list(let items)): return .text(Self.join(items, ", "))
        default:
            guard let text = value.plainText else {
                throw TemplateError(reason: "\(name) is \(value.kindInWords), not a text")
            }
            return .text(try apply(to: text, of: name))
        }
    }

    private func apply(to text: String, of name: String) throws -> String {
        switch self {
        case .upper(let locale): return text.uppercased(with: locale)
        case .lower(let locale): return text.lowercased(with: locale)
        case .trim: return Alike.trimmed(text)
        case .truncate(let length): return Self.truncated(text, to: length)
        case .number(let number):
            guard let value = NumberText.decimal(text) else {
                throw TemplateError(reason: "\(name) is not a number: \(traced(text))")
            }
            return number.text(of: value)
        case .escape: return Self.escaped(text)
        case .default, .join, .json, .written: return text
        case .moment: throw TemplateError(reason: "\(name) is not a time")
        }
    }

    private static func join(_ items: [Value], _ separator: String) -> String {
        items.map { $0.plainText ?? $0.json }.joined(separator: separator)
    }

    private static func truncated(_ text: String, to length: Int) -> String {
        if text.utf8.count <= length { return text }
        let start = text.prefix(length)
        return start.endIndex == text.endIndex ? text : start.prefix(length - 1) + "…"
    }

    /// For a place where `<`, `>`, `&` and quotes have a meaning: XML and HTML.
    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "&": result += "&amp;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// A string of JSON, with its quotes.
    private static func json(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\0"..."\u{1F}":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
