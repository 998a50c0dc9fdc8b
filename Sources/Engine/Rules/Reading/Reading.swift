/// One run over one file: what is read, and what was found so far. Lives on one thread, for the length of a load.
final class Reading {
    let source: Source
    let secrets: any SecretSource
    private(set) var findings: [Finding] = []
    private var known: Set<Finding> = []
    /// Errors so far, also those that were noted before.
    private(set) var errorCount = 0
    /// Text keys so far; each gets the next number.
    var textCheckCount = 0
    /// Where values begin that were not understood: what else is wrong with them follows from that.
    private var unreadable: Set<Position> = []

    init(source: Source, secrets: any SecretSource) {
        self.source = source
        self.secrets = secrets
    }

    /// Notes an error and goes on, so that one run names them all.
    ///
    /// - Parameters:
    ///   - suggestion: what was probably meant, as it should be spelled.
    ///   - showsLine: false where a secret may stand on the line.
    func error(
        _ message: String, at position: Position, suggestion: String? = nil, showsLine: Bool = true
    ) {
        errorCount += 1
        if unreadable.contains(position) { return }
        let finding = Finding(
            file: source.name, position: position, message: message, suggestion: suggestion,
            sourceLine: source.showsLines && showsLine ? source.line(position.line).map(String.init) : nil
        )
        // The same node may be read twice, by an alias: it is wrong once.
        if known.insert(finding).inserted { findings.append(finding) }
    }

    /// Notes an error in a value that is lost by it.
    ///
    /// - Parameter start: where the value begins.
    func error(_ message: String, at position: Position, losingValueAt start: Position) {
        error(message, at: position)
        unreadable.insert(start)
    }

    /// Throws what was found, in the order of the file.
    func throwFindings() throws(RulesFileError) {
        if findings.isEmpty { return }
        let ordered = findings.enumerated().sorted { left, right in
            let start = Position(line: 0, column: 0)
            return (left.element.position ?? start, left.offset) < (
                right.element.position ?? start, right.offset
            )
        }
        throw RulesFileError(findings: ordered.map(\.element))
    }
}
