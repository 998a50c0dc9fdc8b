extension Reading {
    /// The enabled rules of the file. Disabled ones are checked like any other.
    func rules(_ node: Node?, _ vocabulary: Vocabulary, for bot: BotSettings) -> [Rule] {
        guard let node else { return [] }
        guard case .list(let items) = node.content else {
            if !node.isBlank { error("expected a list of rules, not \(node.kindInWords)", at: node.position) }
            return []
        }
        var lines: [String: Int] = [:]
        return items.compactMap { item in
            guard let fields = Fields(item, .rule, in: self) else { return nil }
            let id = fields.required("id").flatMap(identifier)
            if let id, let position = fields["id"]?.position {
                if let line = lines[id] {
                    error("there is another rule with the id '\(id)' in line \(line)", at: position)
                }
                lines[id] = lines[id] ?? position.line
            }
            return rule(id: id, fields, vocabulary, for: bot)
        }
    }

    private func rule(id: String?, _ fields: Fields, _ vocabulary: Vocabulary, for bot: BotSettings) -> Rule?
    {
        let name = fields["name"].flatMap(text)
        let isEnabled = fields["enabled"].flatMap(flag) ?? true
        let continues = fields["continue"].flatMap(flag) ?? false
        let triggers = fields.required("when").map { items($0, "a trigger") }?.map { trigger($0, vocabulary) }
        let known = GroupsKnown(triggers: triggers)
        let steps = fields.required("then").map { items($0, "a step") }?.map { item in
            step(item, vocabulary, known, for: bot)
        }
        guard let id, let triggers, let steps, isEnabled else { return nil }
        return Rule(
            id: id, name: name ?? id, triggers: triggers.compactMap { $0 }, steps: steps.compactMap { $0 },
            continues: continues)
    }

    /// The items of a list that must have some.
    private func items(_ node: Node, _ what: String) -> [Node] {
        let items = list(node)
        if items.isEmpty { error("expected at least \(what)", at: node.position) }
        return items
    }

    private func step(_ node: Node, _ vocabulary: Vocabulary, _ known: GroupsKnown, for bot: BotSettings)
        -> Step?
    {
        guard let fields = Fields(node, .step, in: self) else { return nil }
        guard var value = fields["reply"] else {
            if fields.isEmpty { error("expected a step, such as reply", at: node.position) }
            return nil
        }
        if case .map = value.content {
            // Without a text, a picture was meant: that this version has none is error enough.
            guard let reply = Fields(value, .reply, in: self) else { return nil }
            guard let text = reply.isEmpty || reply.mentions("text") ? reply.required("text") : nil else {
                return nil
            }
            value = text
        }
        return answer(value, vocabulary, known, for: bot).map(Step.reply)
    }

    private func answer(
        _ node: Node, _ vocabulary: Vocabulary, _ known: GroupsKnown, for bot: BotSettings
    ) -> Answer? {
        guard let name = node.reference("texts") else {
            let (template, groups) = template(node, for: bot)
            for group in groups { check(group, known, at: group.position, in: nil) }
            return template.map(Answer.template)
        }
        guard let text = vocabulary.texts[name] else {
            undefined(
                "texts", name, at: node.position, among: vocabulary.texts.keys,
                unless: !vocabulary.knowsAllTexts)
            return nil
        }
        for group in text.groups { check(group, known, at: node.position, in: "texts.\(name)") }
        return text.text.map(Answer.named)
    }

    /// Notes a use of a group that a message which starts the rule may not have.
    private func check(
        _ use: Vocabulary.GroupUse, _ known: GroupsKnown, at position: Position, in text: String?
    ) {
        guard let sets = known.sets else { return }
        let prefix = text.map { "\($0) uses match.\(use.name): " } ?? ""
        let all = Set(sets.joined())
        if !all.contains(use.name) {
            let meant = text == nil ? nearest(to: use.name, among: all.sorted()) : nil
            error(
                "\(prefix)no 'matches' of this rule has a group (?<\(use.name)>…)", at: position,
                suggestion: meant.map { "match.\($0)" })
        } else if !use.hasDefault, sets.contains(where: { !$0.contains(use.name) }) {
            error(
                "\(prefix)this rule may start without a group (?<\(use.name)>…), add | default(\"…\")",
                at: position)
        }
    }
}

/// The named groups that a rule's templates may use.
struct GroupsKnown {
    /// Those of each way to start the rule; nil if some could not be read.
    let sets: [Set<String>]?

    init(triggers: [MessageTrigger?]?) {
        guard let triggers, !triggers.contains(where: { $0 == nil }) else {
            sets = nil
            return
        }
        sets = triggers.compactMap { $0 }.flatMap { trigger -> [Set<String>] in
            let patterns = trigger.texts.flatMap(\.patterns)
            return patterns.isEmpty ? [[]] : patterns.map { Set($0.groups.map(\.name)) }
        }
    }
}
