/// A file that cannot be used, and everything that is wrong with it.
package struct RulesFileError: Error, Sendable, CustomStringConvertible {
    /// In the order of the file; at least one.
    package let findings: [Finding]
    /// The programs with handlers that it names all the same, and where it calls handlers: they may be wrong too.
    package let bots: [BotProgram]
    package let handlerUses: [HandlerUse]

    package init(findings: [Finding], bots: [BotProgram] = [], handlerUses: [HandlerUse] = []) {
        self.findings = findings
        self.bots = bots
        self.handlerUses = handlerUses
    }

    /// All findings as a person reads them.
    package var description: String { findings.map(\.text).joined(separator: "\n") }
}
