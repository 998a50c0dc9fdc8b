/// A text with values in it, compiled: `Hi {{ sender.name | default("you") }}!`.
struct Template: Sendable {
    let pieces: [Piece]

    enum Piece: Sendable {
        case literal(String)
        case expression(Expression)
    }

    /// A value and what is done to it, in order.
    struct Expression: Sendable {
        let value: ValueName
        var filters: [Filter]
        /// Where it stands in the template, in Unicode scalars.
        let offset: Int
    }

    /// No output may be longer, in characters.
    static let maximumLength = 4000

    /// The text with the values of one message in it.
    ///
    /// - Throws: if a value is missing, a filter does not fit, or the text is empty or too long.
    func render(_ values: TemplateValues) throws(TemplateError) -> String {
        var text = ""
        for piece in pieces {
            switch piece {
            case .literal(let literal): text += literal
            case .expression(let expression): text += try expression.render(values)
            }
            // Bytes are never fewer than characters, and quick to count.
            if text.utf8.count > Self.maximumLength, text.count > Self.maximumLength {
                throw TemplateError(reason: "the text is longer than 4,000 characters")
            }
        }
        if text.allSatisfy(\.isWhitespace) { throw TemplateError(reason: "the text came out empty") }
        return text
    }
}

/// Why a template could not be filled in.
struct TemplateError: Error {
    let reason: String
}

extension Template.Expression {
    fileprivate func render(_ values: TemplateValues) throws(TemplateError) -> String {
        var result = values[value]
        for filter in filters { result = try filter.apply(to: result, of: value) }
        switch result {
        case .text(let text): return text
        case .flag(let flag): return flag ? "true" : "false"
        case .time, .missing: throw TemplateError(reason: "\(value.spelling) has no value")
        }
    }

    /// Whether the first thing done to a missing value is to give it another.
    var hasDefault: Bool {
        if case .default? = filters.first { return true }
        return false
    }
}
