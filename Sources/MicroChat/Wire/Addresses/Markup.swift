/// The tags and texts of a small XML document, one after the other.
///
/// Knows elements, attributes, CDATA, comments and the five named entities, and nothing that could make it read
/// something else or grow: a document type is an error.
struct Markup {
    enum Token: Hashable {
        /// A tag opens. `<a/>` is a start and an end.
        case start(String, [String: String])
        case end(String)
        /// What stands between two tags; a text may come in pieces.
        case text(String)
    }

    private var rest: Substring
    /// The end of an element that was empty.
    private var pending: Token?

    init(_ text: String) { rest = text[...] }

    /// The next tag or text; nil at the end.
    mutating func next() throws(WireError) -> Token? {
        if let token = pending {
            pending = nil
            return token
        }
        while !rest.isEmpty {
            guard rest.first == "<" else {
                let text = rest.prefix { $0 != "<" }
                rest = rest[text.endIndex...]
                return .text(Self.unescape(text))
            }
            if rest.hasPrefix("<!--") {
                _ = try cut("<!--", "-->")
            } else if rest.hasPrefix("<![CDATA[") {
                return .text(String(try cut("<![CDATA[", "]]>")))
            } else if rest.hasPrefix("<?") {
                _ = try cut("<?", "?>")
            } else if rest.hasPrefix("</") {
                return .end(String(try cut("</", ">").prefix { !$0.isWhitespace }))
            } else {
                return try tag()
            }
        }
        return nil
    }

    private mutating func tag() throws(WireError) -> Token {
        rest = rest.dropFirst()
        let name = String(word())
        // What `<!` opens is a document type.
        guard !name.isEmpty, !name.hasPrefix("!") else { throw .addressList }
        var attributes: [String: String] = [:]
        while true {
            skipBlanks()
            if rest.hasPrefix(">") {
                rest = rest.dropFirst()
                return .start(name, attributes)
            }
            if rest.hasPrefix("/>") {
                rest = rest.dropFirst(2)
                pending = .end(name)
                return .start(name, attributes)
            }
            let key = String(word())
            skipBlanks()
            guard !key.isEmpty, rest.first == "=" else { throw .addressList }
            rest = rest.dropFirst()
            skipBlanks()
            guard let quote = rest.first, quote == "\"" || quote == "'" else { throw .addressList }
            let value = try cut(String(quote), String(quote))
            attributes[key] = Self.unescape(value)
        }
    }

    private mutating func word() -> Substring {
        let word = rest.prefix { !$0.isWhitespace && $0 != "=" && $0 != ">" && $0 != "/" && $0 != "<" }
        rest = rest[word.endIndex...]
        return word
    }

    private mutating func skipBlanks() { rest = rest.drop(while: \.isWhitespace) }

    /// Takes what stands between `opening`, which is here, and `closing`.
    private mutating func cut(_ opening: String, _ closing: String) throws(WireError) -> Substring {
        let body = rest.dropFirst(opening.count)
        guard let range = body.firstRange(of: closing) else { throw .addressList }
        rest = body[range.upperBound...]
        return body[..<range.lowerBound]
    }

    private static let entities = [
        ("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\"", "&quot;"), ("'", "&apos;"),
    ]

    static func escape(_ text: String) -> String {
        entities.reduce(text) { $0.replacing($1.0, with: $1.1) }
    }

    private static func unescape(_ text: Substring) -> String {
        guard text.contains("&") else { return String(text) }
        return entities.reversed().reduce(String(text)) { $0.replacing($1.1, with: $1.0) }
    }
}
