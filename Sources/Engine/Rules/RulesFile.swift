/// What a rules file says, checked: immutable, shared by all threads.
package struct RulesFile: Sendable {
    package let bot: BotSettings
    /// At least one.
    package let accounts: [AccountSettings]
    package let rules: RuleSet

    /// Reads and checks a file.
    ///
    /// - Parameters:
    ///   - secrets: answers `secrets.NAME`.
    ///   - cache: keeps what is compiled; without one everything is compiled at each load.
    /// - Throws: everything that is wrong with it.
    package static func load(
        path: String, secrets: some SecretSource, cache: ScannerCache? = nil
    ) throws(RulesFileError) -> RulesFile {
        try RulesFile(Reading(source: Source(readingFrom: path), secrets: secrets), cache)
    }

    /// Checks the bytes of a file.
    ///
    /// - Parameter name: what findings call the file.
    package static func parse(
        _ bytes: [UInt8], name: String = "rules.yaml", secrets: some SecretSource,
        cache: ScannerCache? = nil
    ) throws(RulesFileError) -> RulesFile {
        try RulesFile(Reading(source: Source(name: name, bytes: bytes), secrets: secrets), cache)
    }

    private init(_ reading: Reading, _ cache: ScannerCache?) throws(RulesFileError) {
        guard let root = reading.root(), let fields = Fields(root, .file, in: reading) else {
            try reading.throwFindings()
            throw RulesFileError(findings: [])
        }
        if let version = fields.required("version"), version.scalarText != "1" {
            reading.error("this version of Conure knows language version 1 only", at: version.position)
        }
        bot = BotSettings(fields["bot"], in: reading)
        let limits = LimitChanges(fields["limits"], in: reading)
        accounts = reading.accounts(fields["accounts"], limits: limits)
        let vocabulary = Vocabulary(
            words: reading.words(fields["words"]), texts: reading.texts(fields["texts"], for: bot),
            knowsAllWords: fields["words"] != nil || !fields.mentions("words"),
            knowsAllTexts: fields["texts"] != nil || !fields.mentions("texts"))
        let read = reading.rules(fields.required("rules"), vocabulary, for: bot)
        try reading.throwFindings()
        rules = RuleSet(rules: read, cache: cache)
    }
}

extension Node {
    fileprivate var scalarText: String? {
        if case .scalar(let scalar) = content { scalar.text } else { nil }
    }
}
