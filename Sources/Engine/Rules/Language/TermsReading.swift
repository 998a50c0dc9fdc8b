import BotKit

extension Reading {
    /// How often a rule may run and how long what it says lasts: its own words, else those of `defaults`.
    func terms(_ fields: Fields, _ defaults: Fields?) -> RuleTerms {
        func value(_ key: String) -> Node? { fields[key] ?? defaults?[key] }
        var terms = RuleTerms()
        terms.order = value("order").flatMap { count($0, in: 0...1_000_000) }
        if let node = value("cooldown"), !isNone(node) { terms.cooldown = cooldown(node) }
        if let node = value("limit"), !isNone(node) { terms.limit = limit(node) }
        if let age = value("max_age").flatMap(length) { terms.maximumAge = age }
        terms.ownLifetime = value("expires").flatMap(length)
        terms.timeout = value("timeout").flatMap(length)
        terms.mode = mode(value)
        terms.isRemembered = terms.cooldown != nil || terms.limit != nil
        return terms
    }

    /// What a new start does while a run has not ended.
    private func mode(_ value: (String) -> Node?) -> RunMode {
        var mode = RunMode()
        if let node = value("mode"), let word = choice(node, of: RunMode.Kind.allCases.map(\.rawValue)) {
            mode.kind = RunMode.Kind(rawValue: word) ?? mode.kind
        }
        if let node = value("per"), let word = choice(node, of: ["chat", "sender", "rule"]) {
            mode.scope = RunKey(rawValue: word) ?? mode.scope
        }
        if let node = value("max"), let most = count(node, in: 2...10_000) { mode.most = most }
        if let node = value("overflow"), let word = choice(node, of: ["drop_new", "drop_old"]) {
            mode.dropsOld = word == "drop_old"
        }
        return mode
    }

    /// A rule says `none` to have nothing of `defaults`.
    private func isNone(_ node: Node) -> Bool {
        if case .scalar(let scalar) = node.content { scalar.text == "none" } else { false }
    }

    /// `10m per chat`.
    private func cooldown(_ node: Node) -> Cooldown? {
        if case .scalar(let scalar) = node.content {
            let words = scalar.text.split(separator: " ")
            if words.count == 3, words[1] == "per", let length = duration(words[0]),
                let scope = RunKey(rawValue: String(words[2]))
            {
                return Cooldown(length: length, scope: scope)
            }
        }
        error(
            "expected a cool-down such as 10m per chat (or per sender, per account, per rule)",
            at: node.position)
        return nil
    }

    /// `5 per hour per sender`.
    private func limit(_ node: Node) -> RunLimit? {
        if case .scalar(let scalar) = node.content {
            let words = scalar.text.split(separator: " ")
            if words.count == 3 || words.count == 5, words[1] == "per", let count = wholeNumber(words[0]),
                (1...10_000).contains(count), let window = unit(words[2])
            {
                let scope = words.count == 5 ? RunKey(rawValue: String(words[4])) : .rule
                if let scope, words.count == 3 || words[3] == "per" {
                    return RunLimit(count: count, window: window, scope: scope)
                }
            }
        }
        error(
            "expected a limit such as 5 per hour per sender (or per chat, per account, per rule)",
            at: node.position)
        return nil
    }
}
