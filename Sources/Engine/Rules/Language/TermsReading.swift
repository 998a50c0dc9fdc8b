import BotKit
import Foundation

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
        if let priority = value("priority").flatMap(priority) { terms.priority = priority }
        if let node = value("quiet"), !isNone(node) { terms.quiet = quiet(node) }
        if let node = value("trace"), let traces = count(node, in: 0...100_000) { terms.traces = traces }
        terms.timeout = value("timeout").flatMap(length)
        terms.mode = mode(value)
        terms.isRemembered = terms.cooldown != nil || terms.limit != nil
        return terms
    }

    /// The name of quiet hours, or such as they are.
    private func quiet(_ node: Node) -> QuietHours? {
        if case .map = node.content { return quietHours(node) }
        guard let name = text(node) else { return nil }
        if let hours = namedQuietHours[name] { return hours }
        if quietNames.contains(name) { return nil }
        error(
            "there are no quiet hours \(quoted(name)) under 'quiet_hours'", at: node.position,
            suggestion: nearest(to: name, among: quietNames.sorted() + ["none"]))
        return nil
    }

    /// Quiet hours by name.
    func quietHours(_ nodes: [Node], for bot: BotSettings) {
        quietZone = TimeZone(identifier: bot.timezone) ?? .gmt
        for entry in nodes.flatMap({ entries($0, of: "quiet hours") }) {
            if !quietNames.insert(entry.key).inserted {
                error("there are other quiet hours called \(quoted(entry.key))", at: entry.keyPosition)
            }
            if entry.key == "none" {
                error("'none' means that there are no quiet hours", at: entry.keyPosition)
            }
            if let hours = quietHours(entry.value) { namedQuietHours[entry.key] = hours }
        }
    }

    private func quietHours(_ node: Node) -> QuietHours? {
        let before = errorCount
        guard let fields = Fields(node, .quietHours, in: self) else { return nil }
        let (from, to) = (fields.required("from").flatMap(clock), fields.required("to").flatMap(clock))
        let days = fields["days"].map(days)
        let drops = fields["then"].flatMap { choice($0, of: ["hold", "drop"]) } == "drop"
        let except = (fields["except"].map(list) ?? []).compactMap { item -> Reference? in
            guard let text = text(item) else { return nil }
            if let name = name(text, after: "chat:") ?? name(text, after: "user:") {
                return Reference(name: name)
            }
            error("\(quoted(text)) is nobody, expected chat:NAME or user:NAME", at: item.position)
            return nil
        }
        if let from, let to, from == to, let entry = fields.entry("to") {
            error("this begins and ends at the same time, so it is never", at: entry.value.position)
        }
        guard let from, let to, errorCount == before else { return nil }
        return QuietHours(
            window: TimeCheck.Window(from: from, to: to), timezone: quietZone, days: days, drops: drops,
            except: except)
    }

    /// `high`, `normal` or `low`.
    func priority(_ node: Node) -> Priority? {
        let word = choice(node, of: Priority.allCases.map(\.name))
        return Priority.allCases.first { $0.name == word }
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
    func isNone(_ node: Node) -> Bool {
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
