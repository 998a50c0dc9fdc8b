/// XML that a client wrote and others will read: one element of a known name, so that it cannot end the element that
/// the server puts around it.
enum ElementText {
    /// Whether the text is one whole element. Attributes' and elements' contents are not looked at beyond that.
    static func isOne(_ name: String, _ text: String) -> Bool {
        var depth = 0
        var rest = text[...]
        guard rest.hasPrefix("<" + name), let after = rest.dropFirst(name.count + 1).first,
            after == " " || after == ">" || after == "/" || after.isNewline
        else { return false }
        while let start = rest.firstIndex(of: "<") {
            if depth == 0, rest[..<start].contains(where: { !$0.isWhitespace }) { return false }
            if depth == 0, start > text.startIndex { return false }
            rest = rest[start...]
            for (opening, closing) in [("<![CDATA[", "]]>"), ("<!--", "-->")] where rest.hasPrefix(opening) {
                guard let end = rest.firstRange(of: closing)?.upperBound else { return false }
                rest = rest[end...]
                break
            }
            guard rest.first == "<", !rest.hasPrefix("<![CDATA["), !rest.hasPrefix("<!--") else { continue }
            guard let tag = tag(at: rest) else { return false }
            if tag.hasPrefix("</") {
                depth -= 1
            } else if !tag.hasSuffix("/>") {
                depth += 1
            }
            rest = rest[tag.endIndex...]
            if depth < 0 { return false }
            if depth == 0 { return rest.allSatisfy(\.isWhitespace) }
        }
        return false
    }

    /// The tag that a text begins with, quotes respected.
    private static func tag(at text: Substring) -> Substring? {
        var quote: Character?
        for index in text.indices {
            let character = text[index]
            if let open = quote {
                if character == open { quote = nil }
            } else if character == "\"" || character == "'" {
                quote = character
            } else if character == ">" {
                return text[...index]
            }
        }
        return nil
    }

    /// A text as an attribute's value or an element's content.
    static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "\n": escaped += "&#10;"
            case "\r", "\t": escaped += " "
            // XML has no way to write the other control characters.
            case _ where scalar.value < 32: break
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
