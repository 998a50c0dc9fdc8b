/// A place in a file. Both count from 1; a column is a Unicode character (a scalar), not a byte and not a cell.
package struct Position: Hashable, Comparable, Sendable {
    package var line: Int
    package var column: Int
    /// Which of the files that are read together, in the order in which they were found.
    package var file = 0

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    package static func < (left: Position, right: Position) -> Bool {
        (left.file, left.line, left.column) < (right.file, right.line, right.column)
    }
}

/// Something to say about a file, at a place of it. Its text is made in one place only: `text`.
package struct Finding: Hashable, Sendable {
    package enum Severity: String, Hashable, Sendable {
        case error
        case warning
    }

    /// The file, as its reader named it.
    package var file: String
    /// Where in the file; nil if it is about the file as a whole.
    package var position: Position?
    package var severity: Severity
    /// What is wrong, without a full stop.
    package var message: String
    /// What was probably meant, spelled as it should stand in the file.
    package var suggestion: String?
    /// The line at `position`; nil if it must not be shown or there is none.
    package var sourceLine: String?

    package init(
        file: String, position: Position?, severity: Severity = .error, message: String,
        suggestion: String? = nil,
        sourceLine: String? = nil
    ) {
        self.file = file
        self.position = position
        self.severity = severity
        self.message = message
        self.suggestion = suggestion
        self.sourceLine = sourceLine
    }
}
