import BotKit

extension Reading {
    /// The enabled rules of the file, in the order in which they are tried. Disabled ones are checked like any other.
    func rules(_ nodes: [Node], _ vocabulary: Vocabulary, _ defaults: Fields?, for bot: BotSettings) -> [Rule]
    {
        var places: [String: Position] = [:]
        if let defaults { _ = terms(defaults, nil) }
        let rules = nodes.flatMap { node -> [Rule] in
            guard case .list(let items) = node.content else {
                if !node.isBlank {
                    error("expected a list of rules, not \(node.kindInWords)", at: node.position)
                }
                return []
            }
            return items.compactMap { item in
                guard let fields = Fields(item, .rule, in: self) else { return nil }
                let id = fields.required("id").flatMap(identifier)
                if let id, let position = fields["id"]?.position {
                    if let first = places[id] {
                        let file = first.file == position.file ? "" : " of \(source(of: first).name)"
                        error(
                            "there is another rule with the id '\(id)' in line \(first.line)\(file)",
                            at: position)
                    }
                    places[id] = places[id] ?? position
                }
                return rule(id: id, fields, vocabulary, defaults, for: bot)
            }
        }
        for (id, position) in countedRules where places[id] == nil {
            error(
                "there is no rule \(quoted(id)), and it is not messages", at: position,
                suggestion: nearest(to: id, among: places.keys.sorted() + ["messages"]))
        }
        let ordered = rules.enumerated().sorted { left, right in
            (left.element.terms.order ?? .max, left.offset) < (
                right.element.terms.order ?? .max, right.offset
            )
        }
        let counted = Set(countedRules.map(\.id))
        return ordered.map { counted.contains($0.element.id) ? $0.element.remembered : $0.element }
    }

    private func rule(
        id: String?, _ fields: Fields, _ vocabulary: Vocabulary, _ defaults: Fields?, for bot: BotSettings
    ) -> Rule? {
        let terms = terms(fields, defaults)
        let context = RuleContext(vocabulary: vocabulary, bot: bot, rule: id ?? "", terms: terms)
        let name = fields["name"].flatMap(text)
        let isEnabled = fields["enabled"].flatMap(flag) ?? true
        let continues = (fields["continue"] ?? defaults?["continue"]).flatMap(flag) ?? false
        let triggers = fields.required("when").map { items($0, "a trigger") }?.enumerated().map {
            trigger($1, number: $0, context)
        }
        _ = takeUses()
        let conditions = fields["if"].map { self.conditions($0, context) } ?? []
        let onError = fields["on_error"] ?? defaults?["on_error"]
        var steps = StepCompiler(self, context)
        if let then = fields.required("then") { steps.compile(then, onError: onError, label: "then") }
        var otherwise: StepCompiler?
        if let other = fields["else"] {
            if conditions.isEmpty, !fields.mentions("if"), let entry = fields.entry("else") {
                error("'else' needs an 'if' that can say no", at: entry.keyPosition)
            }
            otherwise = StepCompiler(self, context)
            otherwise?.compile(other, onError: onError, label: "else")
        }
        check(takeUses(), triggers: triggers, saved: fields.node.savedNames)
        if let asked = fields.node.firstQuestion, let triggers,
            triggers.contains(where: { $0?.head.hasChat == false })
        {
            error("'ask' needs somebody to ask, and nobody is behind what starts this rule", at: asked)
        }
        guard let id, let triggers, isEnabled else { return nil }
        return Rule(
            id: id, name: name ?? id,
            place: RulePlace(
                file: source(of: fields.node.position).name, line: fields.node.position.line),
            position: fields.node.position,
            triggers: triggers.compactMap { $0 }, conditions: conditions, steps: steps.program,
            otherwise: otherwise?.program, continues: continues, terms: terms,
            hash: hash(of: fields.node))
    }

    /// The items of a list that must have some.
    private func items(_ node: Node, _ what: String) -> [Node] {
        let items = list(node)
        if items.isEmpty { error("expected at least \(what)", at: node.position) }
        return items
    }

    // MARK: Names

    /// Sees that whatever starts the rule, the names that it uses have a value.
    private func check(_ uses: [NameUse], triggers: [Trigger?]?, saved: Set<String>) {
        guard let triggers, !triggers.isEmpty, !triggers.contains(where: { $0 == nil }) else { return }
        let known = GroupsKnown(triggers.compactMap { $0 })
        let heads = Set(triggers.compactMap { $0?.head })
        for use in uses {
            let prefix = use.text.map { "texts.\($0) uses \(use.name.spelling): " } ?? ""
            switch use.name {
            case .match(let group): check(group, use, known, prefix)
            case .saved(let name, _) where !saved.contains(name):
                error("\(prefix)nothing in this rule saves \(quoted(name))", at: use.position)
            case .saved: break
            case let name where name.isOfRecipient:
                error(
                    (use.text.map { "texts.\($0) uses \(name.spelling), which is" } ?? "\(name.spelling) is")
                        + " there in the text of a broadcast only", at: use.position)
            default:
                if !heads.contains(where: use.name.exists) {
                    let started = heads.map(\.rawValue).sorted().joined(separator: " or ")
                    error(
                        use.isAnswer
                            ? "nobody is there to reply to in a rule that \(started) starts, use send"
                            : "\(prefix)\(use.name.spelling) has no value in a rule that \(started) starts",
                        at: use.position)
                }
            }
        }
    }

    /// Notes a use of a group that what starts the rule may not have.
    private func check(_ group: String, _ use: NameUse, _ known: GroupsKnown, _ prefix: String) {
        let all = Set(known.sets.joined())
        if !all.contains(group) {
            let meant = use.text == nil ? nearest(to: group, among: all.sorted()) : nil
            error(
                "\(prefix)no 'matches' of this rule has a group (?<\(group)>…)", at: use.position,
                suggestion: meant.map { "match.\($0)" })
        } else if !use.hasDefault, known.sets.contains(where: { !$0.contains(group) }) {
            error(
                "\(prefix)this rule may start without a group (?<\(group)>…), add | default(\"…\")",
                at: use.position)
        }
    }
}

/// The named groups of each way to start a rule.
private struct GroupsKnown {
    let sets: [Set<String>]

    init(_ triggers: [Trigger]) {
        sets = triggers.flatMap { trigger -> [Set<String>] in
            let patterns = trigger.texts.flatMap(\.patterns)
            return patterns.isEmpty ? [[]] : patterns.map { Set($0.groups.map(\.name)) }
        }
    }
}

extension TriggerHead {
    /// Whether an event of this kind happens in a chat.
    fileprivate var hasChat: Bool {
        switch self {
        case .webhook, .bot: false
        default: true
        }
    }
}

extension Node {
    /// Where the first `ask` below here stands.
    fileprivate var firstQuestion: Position? {
        switch content {
        case .scalar: return nil
        case .list(let items):
            for item in items { if let found = item.firstQuestion { return found } }
        case .map(let entries):
            for entry in entries {
                if entry.key == "ask", case .map = entry.value.content { return entry.keyPosition }
                if let found = entry.value.firstQuestion { return found }
            }
        }
        return nil
    }

    /// The names that steps below here save things under.
    fileprivate var savedNames: Set<String> {
        var names = KnownNames()
        collect(&names)
        return names.saved
    }
}
