/// What the file gives names to, for the rules that refer to it.
struct Vocabulary {
    var words: [String: [String]] = [:]
    var texts: [String: ReadText] = [:]
    /// False if the key `words`, or `texts`, was misspelled: then nothing can be said about a name not found.
    var knowsAllWords = true
    var knowsAllTexts = true

    /// An entry of `texts`, and the groups it counts on.
    struct ReadText {
        /// Nil if it has errors.
        let text: NamedText?
        let groups: [GroupUse]
    }

    /// A place where a template uses `match.NAME`.
    struct GroupUse {
        let name: String
        /// Whether `default` stands in for a missing value.
        let hasDefault: Bool
        let position: Position
    }
}

extension Reading {
    func words(_ node: Node?) -> [String: [String]] {
        guard let node else { return [:] }
        var words: [String: [String]] = [:]
        for entry in names(node, of: "lists of texts") {
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

    func texts(_ node: Node?, for bot: BotSettings) -> [String: Vocabulary.ReadText] {
        guard let node else { return [:] }
        var texts: [String: Vocabulary.ReadText] = [:]
        for entry in names(node, of: "texts") {
            let nodes = choices(entry.value, for: bot)
            let read = nodes.map { template($0, for: bot) }
            let templates = read.compactMap(\.template)
            let isWhole = !templates.isEmpty && templates.count == read.count
            texts[entry.key] = Vocabulary.ReadText(
                text: isWhole ? NamedText(name: entry.key, choices: templates) : nil,
                groups: read.flatMap(\.groups))
        }
        return texts
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

    /// A template, and where it uses groups. Nil if it has errors; they are noted.
    func template(_ node: Node, for bot: BotSettings) -> (template: Template?, groups: [Vocabulary.GroupUse])
    {
        guard let text = text(node) else { return (nil, []) }
        let (template, problems) = TemplateParser(bot: bot).parse(text)
        for problem in problems {
            let position = node.position(ofCharacter: problem.offset, in: source)
            error(problem.message, at: position, suggestion: problem.suggestion)
        }
        let groups = template.pieces.compactMap { piece -> Vocabulary.GroupUse? in
            guard case .expression(let expression) = piece, case .match(let name) = expression.value else {
                return nil
            }
            return Vocabulary.GroupUse(
                name: name, hasDefault: expression.hasDefault,
                position: node.position(ofCharacter: expression.offset, in: source))
        }
        return (problems.isEmpty ? template : nil, groups)
    }
}
