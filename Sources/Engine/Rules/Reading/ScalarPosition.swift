extension Node {
    /// The place of a character of the node's text in the file.
    ///
    /// Exact for a text on one line, plain or quoted; the node's own place for any other.
    ///
    /// - Parameter offset: counted in Unicode scalars from the start of the text.
    func position(ofCharacter offset: Int, in source: Source) -> Position {
        guard case .scalar(let scalar) = content, scalar.isInPlace else { return position }
        guard let line = source.line(position.line) else { return position }
        let raw = Array(line.unicodeScalars.dropFirst(position.column - 1))
        guard let distance = Self.distance(to: offset, in: raw, style: scalar.style), distance <= raw.count
        else {
            return position
        }
        return Position(line: position.line, column: position.column + distance)
    }

    /// How far into the raw text a character of the value stands.
    private static func distance(to offset: Int, in raw: [Unicode.Scalar], style: Style) -> Int? {
        switch style {
        case .plain: return offset
        case .block: return nil
        case .singleQuoted, .doubleQuoted:
            var index = 1
            for _ in 0..<offset {
                guard index < raw.count else { return nil }
                index += width(of: raw[index...], style: style)
            }
            return index
        }
    }

    /// How many raw characters make the next character of a quoted value.
    private static func width(of raw: ArraySlice<Unicode.Scalar>, style: Style) -> Int {
        guard style == .doubleQuoted else { return raw.first == "'" ? 2 : 1 }
        guard raw.first == "\\" else { return 1 }
        switch raw.dropFirst().first {
        case "x": return 4
        case "u": return 6
        case "U": return 10
        default: return 2
        }
    }
}
