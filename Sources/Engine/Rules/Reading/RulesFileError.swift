/// A file that cannot be used, and everything that is wrong with it.
package struct RulesFileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// In the order of the file; at least one.
    package let findings: [Finding]

    package init(findings: [Finding]) { self.findings = findings }

    /// All findings as a person reads them.
    package var description: String { findings.map(\.text).joined(separator: "\n") }
}
