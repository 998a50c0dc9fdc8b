import BotKit

/// What the file gives names to, for the rules that refer to it.
struct Vocabulary {
    var words: [String: [String]] = [:]
    var texts: [String: ReadText] = [:]
    /// How often a call of each of other people's webhooks is made again.
    var webhooks: [String: Int] = [:]
    /// False if the key `words`, or `texts`, was misspelled: then nothing can be said about a name not found.
    var knowsAllWords = true
    var knowsAllTexts = true

    /// An entry of `texts`, and the names it counts on.
    struct ReadText {
        /// Nil if it has errors.
        let text: NamedText?
        /// Its choices as they stand in the file.
        let sources: [String]
        let uses: [Reading.NameUse]
    }
}

extension Reading {
    func words(_ nodes: [Node]) -> [String: [String]] {
        var words: [String: [String]] = [:]
        for entry in nodes.flatMap({ entries($0, of: "lists of texts") }) {
            if words[entry.key] != nil {
                error("there is another list of words called \(quoted(entry.key))", at: entry.keyPosition)
            }
            let items = list(entry.value)
            if items.isEmpty { error("expected at least one text", at: entry.value.position) }
            words[entry.key] = items.compactMap { item in
                if item.reference("words") != nil {
                    error("a list of words holds texts, not other lists", at: item.position)
                }
                return text(item)
            }
        }
        return words
    }

    func texts(_ nodes: [Node], for bot: BotSettings) -> [String: Vocabulary.ReadText] {
        var texts: [String: Vocabulary.ReadText] = [:]
        for entry in nodes.flatMap({ entries($0, of: "texts") }) {
            if texts[entry.key] != nil {
                error("there is another text called \(quoted(entry.key))", at: entry.keyPosition)
            }
            let nodes = choices(entry.value, for: bot)
            _ = takeUses()
            let templates = nodes.map { template($0, for: bot) }
            let isWhole = !templates.isEmpty && !templates.contains { $0 == nil }
            texts[entry.key] = Vocabulary.ReadText(
                text: isWhole ? NamedText(name: entry.key, choices: templates.compactMap { $0 }) : nil,
                sources: isWhole ? nodes.compactMap(\.scalarText) : [], uses: takeUses())
        }
        return texts
    }

    /// What variables are before anybody sets them.
    func startValues(_ nodes: [Node]) -> [String: Value] {
        var values: [String: Value] = [:]
        for entry in nodes.flatMap({ entries($0, of: "values") }) {
            if values[entry.key] != nil {
                error("there is another variable called \(quoted(entry.key))", at: entry.keyPosition)
            }
            values[entry.key] = value(entry.value)
        }
        return values
    }

    /// A value as it stands: what is plainly a number is one, and so are true and false; quoted text is text.
    func value(_ node: Node) -> Value {
        switch node.content {
        case .list(let items): return .list(items.map(value))
        case .map(let entries):
            return .map(
                Dictionary(entries.map { ($0.key, value($0.value)) }, uniquingKeysWith: { first, _ in first })
            )
        case .scalar(let scalar):
            guard scalar.style == .plain else { return .text(scalar.text) }
            if node.isBlank { return .missing }
            if scalar.text == "true" || scalar.text == "false" { return .flag(scalar.text == "true") }
            // A number with zeros before it is a number to dial.
            let isCode = scalar.text.hasPrefix("0") && !scalar.text.hasPrefix("0.") && scalar.text != "0"
            if !isCode, let number = NumberText.decimal(scalar.text) { return .number(number) }
            return .text(scalar.text)
        }
    }

    /// The nodes to choose from: a list's, or the one in the bot's language.
    private func choices(_ node: Node, for bot: BotSettings) -> [Node] {
        guard case .map(let entries) = node.content else {
            let items = list(node)
            if items.isEmpty { error("expected a text", at: node.position) }
            return items
        }
        for entry in entries where !isLanguageTag(entry.key) {
            error(
                "\(quoted(entry.key)) is not a language, expected one such as en, zh or pt-BR",
                at: entry.keyPosition)
        }
        if entries.isEmpty { error("expected a text", at: node.position) }
        let base = bot.language.split(separator: "-").first.map(String.init)
        let wanted = [bot.language, base, "en"].compactMap { $0 }
        let chosen = wanted.lazy.compactMap { tag in entries.first { $0.key == tag } }.first ?? entries.first
        // The others are not said, but what is wrong with them is.
        for entry in entries where entry.key != chosen?.key { _ = template(entry.value, for: bot) }
        return chosen.map { [$0.value] } ?? []
    }

    /// A template; nil if it has errors. They are noted, and so are the names that it uses.
    func template(_ node: Node, for bot: BotSettings, mayBeEmpty: Bool = false) -> Template? {
        guard let text = mayBeEmpty ? scalar(node)?.text : text(node) else { return nil }
        let (template, problems) = TemplateParser(bot: bot, names: names).parse(text)
        for problem in problems {
            let position = node.position(ofCharacter: problem.offset, in: source(of: node.position))
            error(problem.message, at: position, suggestion: problem.suggestion)
        }
        note(uses: template.names, in: node)
        return problems.isEmpty ? template : nil
    }
}
