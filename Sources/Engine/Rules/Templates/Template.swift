import BotKit

/// A text with values in it, compiled: `Hi {{ sender.name | default("you") }}!`.
struct Template: Sendable {
    let pieces: [Piece]

    enum Piece: Sendable {
        case literal(String)
        case expression(Expression)
    }

    init(pieces: [Piece]) { self.pieces = pieces }

    /// A text as it stands.
    init(plain text: String) { pieces = [.literal(text)] }

    /// No output may be longer, in characters.
    static let maximumLength = 4000

    /// The text with the values of one event in it.
    ///
    /// - Throws: `TemplateError` if a value is missing, a filter does not fit, or the text is empty or too long.
    func render(_ values: some ValueSource) throws -> String {
        let text = try fill(values)
        if text.allSatisfy(\.isWhitespace) { throw TemplateError(reason: "the text came out empty") }
        return text
    }

    /// The same, for a text that may be empty.
    func fill(_ values: some ValueSource) throws -> String {
        var text = ""
        for piece in pieces {
            switch piece {
            case .literal(let literal): text += literal
            case .expression(let expression): text += try expression.value(values).plainText ?? ""
            }
            // Bytes are never fewer than characters, and quick to count.
            if text.utf8.count > Self.maximumLength, text.count > Self.maximumLength {
                throw TemplateError(reason: "the text is longer than 4,000 characters")
            }
        }
        return text
    }

    /// The value of one expression alone, or the text with all values in it.
    func value(_ values: some ValueSource) throws -> Value {
        if pieces.count == 1, case .expression(.filtered(let expression, .written))? = pieces.first {
            return try expression.value(values)
        }
        return .text(try fill(values))
    }

    /// Every name in it.
    var names: [(name: ValueName, offset: Int, hasDefault: Bool)] {
        pieces.flatMap { piece -> [(name: ValueName, offset: Int, hasDefault: Bool)] in
            if case .expression(let expression) = piece { return expression.names }
            return []
        }
    }
}
