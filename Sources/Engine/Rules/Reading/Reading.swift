import BotKit
import Foundation

/// One run over a file and those that it includes: what is read, and what was found so far. Lives on one thread, for the
/// length of a load.
final class Reading {
    /// The file itself, and after it those that it includes.
    private(set) var sources: [Source]
    let secrets: any SecretSource
    /// What is included, where that is not looked for on the disk.
    var others: [Source]?
    /// What expressions may call by name.
    var names = KnownNames()
    private(set) var findings: [Finding] = []
    /// What is no mistake, but hardly meant.
    private(set) var warnings: [Finding] = []
    private var known: Set<Finding> = []
    /// Errors so far, also those that were noted before.
    private(set) var errorCount = 0
    /// Text keys so far; each gets the next number.
    var textCheckCount = 0
    /// Rules that some condition counts the runs of.
    var countedRules: [(id: String, position: Position)] = []
    /// The files that rules send, and where the first to do so says it.
    var media: [RuleMedia: Position] = [:]
    /// Quiet hours by name, those without mistakes; and all names of such.
    var namedQuietHours: [String: QuietHours] = [:]
    var quietNames: Set<String> = []
    var quietZone = TimeZone.gmt
    /// Audiences by name, as they stand; those that have been read, nil for one with mistakes; and those that are being
    /// read.
    var audienceNodes: [String: Node] = [:]
    var readAudiences: [String: Audience?] = [:]
    var openAudiences: Set<String> = []
    /// What others may call.
    var entrances: [WebhookEntrance] = []
    let webhookChecks: WebhookChecks
    /// Where rules call handlers.
    var handlerUses: [HandlerUse] = []
    /// Programs with handlers.
    var bots: [BotProgram] = []
    /// What every rule may refer to.
    var surroundings = NodeHash()
    /// Names that templates of the present rule use.
    private(set) var uses: [NameUse] = []
    /// Where values begin that were not understood: what else is wrong with them follows from that.
    private var unreadable: Set<Position> = []

    init(source: Source, secrets: any SecretSource, webhookChecks: WebhookChecks = WebhookChecks()) {
        self.webhookChecks = webhookChecks
        sources = [source]
        self.secrets = secrets
    }

    /// Takes another file into the reading.
    func add(_ source: Source) { sources.append(source) }

    /// The file that a place is in.
    func source(of position: Position) -> Source { sources[min(position.file, sources.count - 1)] }

    /// Notes what somebody else has found, such as that a file cannot be read.
    func note(_ finding: Finding) {
        errorCount += 1
        if known.insert(finding).inserted { findings.append(finding) }
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
        let finding = finding(message, at: position, suggestion: suggestion, showsLine: showsLine)
        // The same node may be read twice, by an alias: it is wrong once.
        if known.insert(finding).inserted { findings.append(finding) }
    }

    /// Notes what is no mistake, but hardly meant.
    func warn(_ message: String, at position: Position) {
        var finding = finding(message, at: position)
        finding.severity = .warning
        if !warnings.contains(finding) { warnings.append(finding) }
    }

    /// Something to say about a place, which is not noted.
    func finding(
        _ message: String, at position: Position, suggestion: String? = nil, showsLine: Bool = true
    ) -> Finding {
        let source = source(of: position)
        return Finding(
            file: source.name, position: position, message: message, suggestion: suggestion,
            sourceLine: source.showsLines && showsLine ? source.line(position.line).map(String.init) : nil)
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
        throw RulesFileError(findings: ordered.map(\.element), bots: bots, handlerUses: handlerUses)
    }

    // MARK: Names in use

    /// A place where an expression uses a name.
    struct NameUse {
        let name: ValueName
        /// Whether `default` stands in for a missing value.
        let hasDefault: Bool
        let position: Position
        /// The entry of `texts` that it stands in; nil for the rule itself.
        var text: String?
        /// Whether it is no name, but an answer that needs a chat to be given in.
        var isAnswer = false
    }

    /// Notes what an expression uses, to be looked at once the whole rule is known.
    func note(uses found: [(name: ValueName, offset: Int, hasDefault: Bool)], in node: Node) {
        uses += found.map { use in
            let position = node.position(ofCharacter: use.offset, in: source(of: node.position))
            return NameUse(name: use.name, hasDefault: use.hasDefault, position: position)
        }
    }

    /// Notes uses that were found elsewhere.
    func note(uses found: [NameUse]) { uses += found }

    /// Gives the uses noted since the last time.
    func takeUses() -> [NameUse] {
        defer { uses = [] }
        return uses
    }
}
