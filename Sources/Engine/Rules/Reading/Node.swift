/// A value of a YAML file, with its place. Every scalar is text: the key it stands under says what it means.
struct Node: Sendable {
    let position: Position
    let content: Content

    enum Content: Sendable {
        case scalar(Scalar)
        case list([Node])
        /// In the order of the file; no key twice.
        case map([Entry])
    }

    struct Entry: Sendable {
        let key: String
        let keyPosition: Position
        let value: Node
    }

    struct Scalar: Sendable {
        let text: String
        let style: Style
        /// Whether the text stands on one line and begins at the node's place, so that a place inside it is known.
        let isInPlace: Bool
    }

    enum Style: Sendable {
        case plain
        case singleQuoted
        case doubleQuoted
        case block
    }

    /// Nothing was written, or a word for nothing.
    var isBlank: Bool {
        guard case .scalar(let scalar) = content, scalar.style == .plain else { return false }
        return scalar.text.isEmpty || scalar.text == "~" || scalar.text == "null"
    }

    /// What kind of value it is, in words.
    var kindInWords: String {
        switch content {
        case .scalar: isBlank ? "nothing" : "a text"
        case .list: "a list"
        case .map: "a map"
        }
    }

    /// The text; nil for a list or a map.
    var scalarText: String? {
        if case .scalar(let scalar) = content { scalar.text } else { nil }
    }

    /// The name after `prefix.` if the node refers to something: `price` in `words.price`. Quoted text never refers.
    func reference(_ prefix: String) -> String? {
        guard case .scalar(let scalar) = content, scalar.style == .plain else { return nil }
        guard scalar.text.hasPrefix(prefix + "."), !scalar.text.contains(where: \.isWhitespace) else {
            return nil
        }
        let name = scalar.text.dropFirst(prefix.count + 1)
        return name.isEmpty ? nil : String(name)
    }
}
