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
    case join
    case escape
    case json

    func apply(to value: TemplateValue, of name: ValueName) throws(TemplateError) -> TemplateValue {
        switch (self, value) {
        case (.default(let other), .missing): return .text(other)
        case (.default(let other), .text("")): return .text(other)
        case (.default, _), (.join, _): return value
        case (_, .missing): throw TemplateError(reason: "\(name.spelling) has no value")
        case (.moment(let moment), .time(let time)): return .text(moment.text(of: time))
        case (.json, .flag(let flag)): return .text(flag ? "true" : "false")
        case (_, .flag(let flag)): return .text(try apply(to: flag ? "true" : "false", of: name))
        case (_, .text(let text)): return .text(try apply(to: text, of: name))
        case (_, .time): throw TemplateError(reason: "\(name.spelling) is a time, not a text")
        }
    }

    private func apply(to text: String, of name: ValueName) throws(TemplateError) -> String {
        switch self {
        case .upper(let locale): return text.uppercased(with: locale)
        case .lower(let locale): return text.lowercased(with: locale)
        case .trim: return Alike.trimmed(text)
        case .truncate(let length): return Self.truncated(text, to: length)
        case .number(let number):
            guard let written = number.text(of: text) else {
                throw TemplateError(reason: "\(name.spelling) is not a number: \(traced(text))")
            }
            return written
        case .escape: return Self.escaped(text)
        case .json: return Self.json(text)
        case .default, .join: return text
        case .moment: throw TemplateError(reason: "\(name.spelling) is not a time")
        }
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
