import Foundation

/// What is wrong with a template, and where: in Unicode scalars from its start.
struct TemplateProblem: Error {
    let message: String
    let offset: Int
    var suggestion: String?
}

/// Reads the words of an expression, from just after `{{`.
struct TemplateScanner {
    enum Token: Hashable {
        case name(String)
        case text(String)
        case number(Decimal)
        /// One of `| ( ) , + - * / % < > <= >= == !=`
        case mark(String)
        /// `}}`
        case close
    }

    let scalars: [Unicode.Scalar]
    /// Where the next token begins or a blank before it.
    var index: Int
    /// Where the token that was read last begins.
    private(set) var start = 0

    init(_ scalars: [Unicode.Scalar], at index: Int) {
        self.scalars = scalars
        self.index = index
    }

    mutating func skipBlanks() {
        while index < scalars.count, scalars[index].properties.isWhitespace { index += 1 }
    }

    mutating func next() throws(TemplateProblem) -> Token {
        skipBlanks()
        start = index
        guard index < scalars.count else {
            throw TemplateProblem(message: "'{{' is never closed by '}}'", offset: index)
        }
        let scalar = scalars[index]
        if scalar == "}", index + 1 < scalars.count, scalars[index + 1] == "}" {
            index += 2
            return .close
        }
        if scalar == "\"" || scalar == "'" { return .text(try string(closedBy: scalar)) }
        if Self.isPartOfName(scalar), scalar != "-" { return try word() }
        index += 1
        if index < scalars.count, scalars[index] == "=", "=!<>".unicodeScalars.contains(scalar) {
            index += 1
            return .mark("\(scalar)=")
        }
        if "|(),+-*/%<>".unicodeScalars.contains(scalar) { return .mark("\(scalar)") }
        throw TemplateProblem(message: "'\(scalar)' means nothing here", offset: start)
    }

    private static func isPartOfName(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "_" || scalar == "-" || scalar == "." || scalar.properties.isAlphabetic
            || scalar.properties.numericType != nil
    }

    /// A dotted name, or a number.
    private mutating func word() throws(TemplateProblem) -> Token {
        while index < scalars.count, Self.isPartOfName(scalars[index]) { index += 1 }
        var word = ""
        word.unicodeScalars.append(contentsOf: scalars[start..<index])
        if word.first?.isNumber == true, word.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }) {
            guard let number = NumberText.decimal(word) else {
                throw TemplateProblem(message: "\(quoted(word)) is no number, or too large", offset: start)
            }
            return .number(number)
        }
        return .name(word)
    }

    private mutating func string(closedBy quote: Unicode.Scalar) throws(TemplateProblem) -> String {
        var text = ""
        index += 1
        while index < scalars.count, scalars[index] != quote {
            if scalars[index] == "\\", index + 1 < scalars.count {
                index += 1
                text.unicodeScalars.append(scalars[index] == "n" ? "\n" : scalars[index])
            } else {
                text.unicodeScalars.append(scalars[index])
            }
            index += 1
        }
        guard index < scalars.count else {
            throw TemplateProblem(message: "this quote is never closed", offset: start)
        }
        index += 1
        return text
    }
}
