/// Conversions of a node by the type of the key it stands under. Each reports what it does not understand.
extension Reading {
    func scalar(_ node: Node) -> Node.Scalar? {
        if case .scalar(let scalar) = node.content { return scalar }
        error("expected a text, not \(node.kindInWords)", at: node.position)
        return nil
    }

    /// A text with something in it.
    func text(_ node: Node) -> String? {
        guard let scalar = scalar(node) else { return nil }
        if !scalar.text.isEmpty { return scalar.text }
        error("expected a text, not nothing", at: node.position)
        return nil
    }

    func flag(_ node: Node) -> Bool? {
        if case .scalar(let scalar) = node.content, scalar.style == .plain {
            switch scalar.text {
            case "true", "yes": return true
            case "false", "no": return false
            default: break
            }
        }
        error("expected true or false", at: node.position)
        return nil
    }

    func count(_ node: Node, in range: ClosedRange<Int>) -> Int? {
        if case .scalar(let scalar) = node.content, let count = wholeNumber(scalar.text),
            range.contains(count)
        {
            return count
        }
        error("expected a whole number from \(range.lowerBound) to \(range.upperBound)", at: node.position)
        return nil
    }

    /// One of a few words.
    func choice(_ node: Node, of words: [String]) -> String? {
        guard let text = text(node) else { return nil }
        if words.contains(text) { return text }
        let expected = words.joined(separator: " or ")
        error(
            "\(quoted(text)) is not possible here, expected \(expected)", at: node.position,
            suggestion: nearest(to: text, among: words))
        return nil
    }

    /// The items of a list; a single value is a list of one, and nothing is a list of none.
    func list(_ node: Node) -> [Node] {
        if case .list(let items) = node.content { return items }
        return node.isBlank ? [] : [node]
    }

    /// A map from names that the file's author gave. Names that no reference could spell are reported.
    func entries(_ node: Node, of what: String) -> [Node.Entry] {
        guard case .map(let entries) = node.content else {
            if !node.isBlank {
                error("expected a map of names to \(what), not \(node.kindInWords)", at: node.position)
            }
            return []
        }
        for entry in entries where !isName(entry.key) {
            error(
                "\(quoted(entry.key)) cannot be a name, expected letters, digits, - and _",
                at: entry.keyPosition)
        }
        return entries
    }
}

/// Letters of any script, digits, `-` and `_`.
func isName(_ text: String) -> Bool {
    !text.isEmpty && text.count <= 64
        && text.allSatisfy { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" }
}

/// A number written with ASCII digits alone.
func wholeNumber(_ text: some StringProtocol) -> Int? {
    text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? Int(text) : nil
}
