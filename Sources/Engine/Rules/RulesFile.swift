package import BotKit
import CSystemLibraries.Allocator

/// What a rules file and those that it includes say, checked: immutable, shared by all threads.
package struct RulesFile: Sendable {
    package let bot: BotSettings
    /// At least one.
    package let accounts: [AccountSettings]
    package internal(set) var rules: RuleSet
    /// Keeps what is compiled.
    let cache: ScannerCache?
    /// The file, and after it those that it includes.
    package let files: [String]
    /// Other people's webhooks, by name.
    package let webhooks: [String: WebhookSettings]
    /// What others may call.
    package let entrances: [WebhookEntrance]
    /// The programs with handlers, by the order of the file.
    package let bots: [BotProgram]
    /// Where rules call handlers.
    package let handlerUses: [HandlerUse]
    /// The files that rules send, each with the place that names it.
    package let media: [RuleMedia: Finding]
    /// What the files say, to be kept where runs may go by it for long; nil if none ever waits.
    package let text: RulesText?
    private let includes: [String]
    private let tests: [RuleTest]
    /// What is no mistake, but hardly meant.
    package let warnings: [Finding]

    /// Reads and checks a file, and runs the tests that it brings along.
    ///
    /// - Parameters:
    ///   - secrets: answers `secrets.NAME`.
    ///   - cache: keeps what is compiled; without one everything is compiled at each load.
    ///   - webhookChecks: knows what can be called.
    /// - Throws: everything that is wrong with it.
    package static func load(
        path: String, secrets: some SecretSource, cache: ScannerCache? = nil,
        webhookChecks: WebhookChecks = WebhookChecks()
    ) throws(RulesFileError) -> RulesFile {
        // Reading takes many times what is kept: the system gets that back.
        defer { malloc_trim(0) }
        let file = try RulesFile(
            Reading(source: Source(readingFrom: path), secrets: secrets, webhookChecks: webhookChecks), cache)
        let failures = file.failures()
        if !failures.isEmpty {
            throw RulesFileError(findings: failures, bots: file.bots, handlerUses: file.handlerUses)
        }
        return file
    }

    /// Checks the bytes of a file.
    ///
    /// - Parameter name: what findings call the file, and where its includes are looked for.
    package static func parse(
        _ bytes: [UInt8], name: String = "rules.yaml", secrets: some SecretSource,
        cache: ScannerCache? = nil
    ) throws(RulesFileError) -> RulesFile {
        defer { malloc_trim(0) }
        return try RulesFile(Reading(source: Source(name: name, bytes: bytes), secrets: secrets), cache)
    }

    /// Reads again what was kept.
    ///
    /// - Returns: nil if that cannot be done any more, for example for want of a secret.
    package static func former(_ text: String, secrets: some SecretSource) -> RuleSet? {
        guard let sources = RulesText.sources(text), let first = sources.first else { return nil }
        let reading = Reading(source: first, secrets: secrets)
        reading.others = Array(sources.dropFirst())
        return try? RulesFile(reading, nil).rules
    }

    fileprivate init(_ reading: Reading, _ cache: ScannerCache?) throws(RulesFileError) {
        self.cache = cache
        guard let root = reading.root(), let fields = Fields(root, .file, in: reading) else {
            try reading.throwFindings()
            throw RulesFileError(findings: [])
        }
        if let version = fields.required("version") { reading.checkVersion(version) }
        let parts = [fields] + reading.included(fields["include"])
        includes = fields["include"].map { reading.list($0).compactMap(\.scalarText) } ?? []
        files = reading.sources.map(\.name)
        func all(_ key: String) -> [Node] { parts.compactMap { $0[key] } }
        let isWhole = { key in parts.allSatisfy { $0[key] != nil || !$0.mentions(key) } }

        bot = BotSettings(fields["bot"], in: reading)
        let limits = LimitChanges(fields["limits"], in: reading)
        accounts = reading.accounts(fields["accounts"], limits: limits, timezone: bot.timezone)
        reading.checkAccounts(of: fields["bot"], bot, among: accounts)

        let startValues = reading.startValues(all("vars"))
        reading.names.variables = Set(startValues.keys)
        for rules in all("rules") { rules.collect(&reading.names) }
        fields["defaults"]?.collect(&reading.names)
        let webhooks = reading.webhooks(all("webhooks"))
        self.webhooks = webhooks
        reading.quietHours(all("quiet_hours"), for: bot)
        reading.audiences(all("audiences"))
        for key in ["bot", "words", "texts", "audiences", "quiet_hours", "webhooks", "vars", "defaults"] {
            for part in parts { reading.surroundings.add(part[key]) }
        }
        let vocabulary = Vocabulary(
            words: reading.words(all("words")), texts: reading.texts(all("texts"), for: bot),
            webhooks: Dictionary(
                all("webhooks").flatMap(\.keys).map { ($0, webhooks[$0]?.retries ?? 0) },
                uniquingKeysWith: { first, _ in first }), knowsAllWords: isWhole("words"),
            knowsAllTexts: isWhole("texts"))
        reading.bots = reading.bots(all("bots"))
        bots = reading.bots
        let defaults = fields["defaults"].flatMap { Fields($0, .defaults, in: reading) }
        // With rules in the files that it includes, the first needs none.
        let nodes = all("rules")
        if nodes.isEmpty { _ = fields.required("rules") }
        let read = reading.rules(nodes, vocabulary, defaults, for: bot)
        tests = reading.tests(
            all("tests"), for: bot,
            rules: Dictionary(read.map { ($0.id, $0.firstSchedule) }, uniquingKeysWith: { first, _ in first })
        )
        try reading.throwFindings()
        entrances = reading.entrances
        handlerUses = reading.handlerUses
        media = reading.media.mapValues { reading.finding("", at: $0) }
        text = read.contains(where: \.canWait) ? RulesText(reading.sources) : nil
        rules =
            reading.others == nil
            ? RuleSet(rules: read, startValues: startValues, cache: cache) : RuleSet(former: read)
        warnings =
            reading.warnings + reading.unreachable(read)
            + reading.answeringEachOther(read, among: accounts.count > 1 ? rules : nil)
    }

    /// Gives the rules the files that they send.
    package mutating func take(_ media: [RuleMedia: Content]) { rules.media = media }

    /// How many tests the files bring along.
    package var testCount: Int { tests.count }

    /// The file's own tests that fail, each with what was expected and what came.
    package func failures() -> [Finding] {
        tests.compactMap { test in
            guard let failure = test.failure(of: rules) else { return nil }
            var finding = test.place
            finding.message = "this test fails: \(failure)"
            return finding
        }
    }

    /// The rules that serve an account: all, or none.
    package func rules(for account: AccountID) -> RuleSet {
        bot.accounts?.contains(account.rawValue) ?? true ? rules : RuleSet(rules: [])
    }

    /// The files whose change may change the rules: those that were read, those that fit an `include` by now, and those that
    /// rules send.
    package var watchedFiles: [String] {
        let included = includes.flatMap { IncludedFiles.matching($0, beside: files[0]) }
        return files + included.filter { !files.contains($0) } + media.keys.map(\.path).sorted()
    }
}

extension Node {
    fileprivate var keys: [String] {
        if case .map(let entries) = content { entries.map(\.key) } else { [] }
    }

}

extension Reading {
    fileprivate func checkVersion(_ node: Node) {
        guard case .scalar(let scalar) = node.content, scalar.text != "1" else { return }
        error("this version of Conure knows language version 1 only", at: node.position)
    }

    fileprivate func checkAccounts(of node: Node?, _ bot: BotSettings, among accounts: [AccountSettings]) {
        guard let names = bot.accounts, let node, case .map(let entries) = node.content else { return }
        let known = accounts.map(\.id.rawValue)
        for item in entries.filter({ $0.key == "accounts" }).flatMap({ list($0.value) }) {
            if case .scalar(let scalar) = item.content, names.contains(scalar.text),
                !known.contains(scalar.text)
            {
                error(
                    "there is no account \(quoted(scalar.text)) in 'accounts'", at: item.position,
                    suggestion: nearest(to: scalar.text, among: known))
            }
        }
    }

    /// Reads the files that an `include` names, in the order of their names.
    fileprivate func included(_ node: Node?) -> [Fields] {
        guard let node else { return [] }
        var parts: [Fields] = []
        if let others {
            for other in others {
                add(other)
                if let fields = root(file: sources.count - 1).flatMap({ Fields($0, .includedFile, in: self) })
                {
                    parts.append(fields)
                }
            }
            return parts
        }
        for item in list(node) {
            guard let pattern = text(item) else { continue }
            let paths = IncludedFiles.matching(pattern, beside: sources[0].name)
            if paths.isEmpty { error("no file fits \(quoted(pattern))", at: item.position) }
            for path in paths where !sources.contains(where: { $0.name == path }) {
                do throws(RulesFileError) {
                    add(try Source(readingFrom: path))
                } catch {
                    for finding in error.findings { note(finding) }
                    continue
                }
                if sources.count > IncludedFiles.most {
                    error("more than \(IncludedFiles.most) files are included", at: item.position)
                    return parts
                }
                guard let root = root(file: sources.count - 1),
                    let fields = Fields(root, .includedFile, in: self)
                else { continue }
                if let version = fields["version"] { checkVersion(version) }
                parts.append(fields)
            }
        }
        return parts
    }
}
