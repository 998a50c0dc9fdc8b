/// The text of a file that is being read, and its lines for those who report on them.
final class Source {
    let name: String
    let text: String
    /// False for a file whose lines are nobody's business: a file of secrets.
    let showsLines: Bool

    init(name: String, text: String, showsLines: Bool = true) {
        self.name = name
        self.text = text
        self.showsLines = showsLines
    }

    /// The lines, broken where YAML breaks them.
    private(set) lazy var lines: [Substring] = {
        var lines: [Substring] = []
        let scalars = text.unicodeScalars
        var start = scalars.startIndex
        var index = start
        while index < scalars.endIndex {
            let scalar = scalars[index]
            let end = index
            index = scalars.index(after: index)
            guard
                scalar == "\n" || scalar == "\r" || scalar == "\u{85}" || scalar == "\u{2028}"
                    || scalar == "\u{2029}"
            else { continue }
            if scalar == "\r", index < scalars.endIndex, scalars[index] == "\n" {
                index = scalars.index(after: index)
            }
            lines.append(text[start..<end])
            start = index
        }
        lines.append(text[start...])
        return lines
    }()

    /// The line with this number, counted from 1.
    func line(_ number: Int) -> Substring? {
        lines.indices.contains(number - 1) ? lines[number - 1] : nil
    }

    /// The place of a byte.
    static func position(ofByte offset: Int, in bytes: some Sequence<UInt8>) -> Position {
        var position = Position(line: 1, column: 1)
        for byte in bytes.prefix(max(offset, 0)) {
            if byte == UInt8(ascii: "\n") {
                position = Position(line: position.line + 1, column: 1)
            } else if byte & 0xC0 != 0x80 {
                position.column += 1
            }
        }
        return position
    }
}
