extension Finding {
    /// What a person reads: the place, what is wrong, the line, and a caret under the place.
    ///
    ///     rules.yaml:23:16: error: words.prise is not defined, did you mean words.price?
    ///           contains: words.prise
    ///                     ^
    package var text: String {
        guard let sourceLine, let position, !sourceLine.allSatisfy(\.isWhitespace) else { return headline }
        let (line, caret) = Self.window(of: sourceLine, at: position.column)
        return "\(headline)\n\(line)\n\(caret)^"
    }

    /// The first line of `text`: all there is to know, for a machine that shows the place by itself.
    package var headline: String {
        let place = position.map { "\(file):\($0.line):\($0.column)" } ?? file
        let hint = suggestion.map { ", did you mean \($0)?" } ?? ""
        return "\(place): \(severity.rawValue): \(message)\(hint)"
    }

    /// The part of a line that is worth showing, and the blanks that put a caret under `column`.
    private static func window(of line: String, at column: Int) -> (line: String, blanks: String) {
        let scalars = Array(line.unicodeScalars)
        let target = min(max(column - 1, 0), scalars.count)
        let start = target > 100 ? target - 60 : 0
        let end = min(scalars.count, start + 160)
        var shown = start > 0 ? "…" : ""
        var blanks = start > 0 ? " " : ""
        for (index, scalar) in scalars[start..<end].enumerated() {
            let isPrintable = scalar == "\t" || scalar.properties.generalCategory != .control
            shown.unicodeScalars.append(isPrintable ? scalar : "\u{FFFD}")
            if start + index < target {
                blanks += scalar == "\t" ? "\t" : String(repeating: " ", count: cells(of: scalar))
            }
        }
        return (end < scalars.count ? shown + "…" : shown, blanks)
    }

    /// How many cells of a terminal a character takes.
    private static func cells(of scalar: Unicode.Scalar) -> Int {
        if scalar.value < 0x300 { return 1 }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: return wide.contains { $0.contains(scalar.value) } ? 2 : 1
        }
    }

    /// Unicode's East Asian wide and full-width characters, by block.
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x4DBF, 0x4E00...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3,
        0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F,
        0x1F680...0x1F6FF,
        0x1F900...0x1F9FF, 0x20000...0x3FFFD,
    ]
}

/// Quotes a piece of a file for a message, shortened if it is long.
func quoted(_ text: String) -> String {
    let line = text.prefix { !$0.isNewline }
    let short = line.prefix(40)
    return short.endIndex == text.endIndex ? "'\(short)'" : "'\(short)…'"
}
