import Engine

/// A finding as `--json` shows it.
struct FindingLine: Encodable {
    var file: String
    var line: Int?
    var column: Int?
    var severity: String
    var message: String
    var suggestion: String?

    init(_ finding: Finding) {
        (file, line, column) = (finding.file, finding.position?.line, finding.position?.column)
        (severity, message) = (finding.severity.rawValue, finding.message)
        suggestion = finding.suggestion
    }
}
