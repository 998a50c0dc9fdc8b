import BotKit
import Foundation

/// What a rule's conditions and steps may refer to.
struct RuleContext {
    let vocabulary: Vocabulary
    let bot: BotSettings
    /// The id of the rule; empty if it has none.
    let rule: String
    let terms: RuleTerms
}

extension Reading {
    /// The conditions of an `if`: a list, or one.
    func conditions(_ node: Node, _ context: RuleContext) -> [Condition] {
        let items = list(node)
        if items.isEmpty { error("expected at least a condition", at: node.position) }
        return items.flatMap { condition($0, context) }
    }

    /// What one item says; several keys of one map must all hold.
    private func condition(_ node: Node, _ context: RuleContext) -> [Condition] {
        guard let fields = Fields(node, .condition, in: self) else { return [] }
        if fields.isEmpty { error("expected a condition, such as sender or time", at: node.position) }
        return Keys.condition.here.compactMap { key in
            guard let value = fields[key] else { return nil }
            return switch key {
            case "time": time(value, context)
            case "sender": contactCheck(value, isChat: false).map(Condition.sender)
            case "chat": contactCheck(value, isChat: true).map(Condition.chat)
            case "var": variableCheck(value).map(Condition.variable)
            case "chance": chance(value, context)
            case "count": countCheck(value).map(Condition.count)
            case "any": .any(conditions(value, context))
            case "all": .all(conditions(value, context))
            case "not": .not(conditions(value, context))
            default: expression(value, context)
            }
        }
    }

    private func expression(_ node: Node, _ context: RuleContext) -> Condition? {
        guard let text = text(node) else { return nil }
        do throws(TemplateProblem) {
            let expression = try TemplateParser(bot: context.bot, names: names).condition(text)
            note(uses: expression.names, in: node)
            return .expression(expression, text: text)
        } catch {
            let position = node.position(ofCharacter: error.offset, in: source(of: node.position))
            self.error(error.message, at: position, suggestion: error.suggestion)
            return nil
        }
    }

    private func chance(_ node: Node, _ context: RuleContext) -> Condition? {
        guard let percent = percent(node) else { return nil }
        return .chance(percent, salt: "\(context.rule)/\(node.position.line):\(node.position.column)")
    }

    /// `30%`, `0.5%`.
    func percent(_ node: Node) -> Double? {
        if case .scalar(let scalar) = node.content, scalar.text.hasSuffix("%"),
            let number = NumberText.decimal(String(scalar.text.dropLast())), (0...100).contains(number)
        {
            return NSDecimalNumber(decimal: number).doubleValue
        }
        error("expected a share such as 30%", at: node.position)
        return nil
    }

    // MARK: Time

    private func time(_ node: Node, _ context: RuleContext) -> Condition? {
        let before = errorCount
        guard let fields = Fields(node, .time, in: self) else { return nil }
        if fields.isEmpty { error("expected between, days or not_between", at: node.position) }
        var check = TimeCheck(timezone: TimeZone(identifier: context.bot.timezone) ?? .gmt)
        if let between = fields["between"] { check.between = windows(between) }
        if let between = fields["not_between"] { check.notBetween = windows(between) }
        if let days = fields["days"] { check.days = self.days(days) }
        return errorCount == before ? .time(check) : nil
    }

    /// `["09:00", "18:00"]`, or a list of such pairs.
    private func windows(_ node: Node) -> [TimeCheck.Window] {
        guard case .list(let items) = node.content, !items.isEmpty else {
            error("expected two times such as [\"09:00\", \"18:00\"]", at: node.position)
            return []
        }
        if case .list = items[0].content { return items.flatMap(windows) }
        guard items.count == 2 else {
            error("expected two times such as [\"09:00\", \"18:00\"], not \(items.count)", at: node.position)
            return []
        }
        guard let from = clock(items[0]), let to = clock(items[1]) else { return [] }
        if from == to {
            error("this begins and ends at the same time, so it is never", at: node.position)
        }
        return [TimeCheck.Window(from: from, to: to)]
    }

    /// Minutes after midnight of `"HH:MM"`, up to 24:00.
    func clock(_ node: Node) -> Int? {
        if case .scalar(let scalar) = node.content {
            let parts = scalar.text.split(separator: ":", omittingEmptySubsequences: false)
            if parts.count == 2, (1...2).contains(parts[0].count), parts[1].count == 2,
                let hour = wholeNumber(parts[0]), let minute = wholeNumber(parts[1]), minute < 60,
                hour < 24 || hour == 24 && minute == 0
            {
                return hour * 60 + minute
            }
        }
        error("expected a time of day such as \"09:00\"", at: node.position)
        return nil
    }

    /// Days of the week, 0 for Monday.
    func days(_ node: Node) -> Set<Int> {
        var days: Set<Int> = []
        let items = list(node)
        if items.isEmpty { error("expected days such as [mon, tue], weekdays or weekend", at: node.position) }
        for item in items {
            switch choice(item, of: TimeCheck.dayNames + ["weekdays", "weekend"]) {
            case "weekdays": days.formUnion(0...4)
            case "weekend": days.formUnion(5...6)
            case let name?: days.formUnion(TimeCheck.dayNames.firstIndex(of: name).map { [$0] } ?? [])
            case nil: break
            }
        }
        return days
    }

    // MARK: People, variables, counts

    private func contactCheck(_ node: Node, isChat: Bool) -> ContactCheck? {
        let before = errorCount
        guard let fields = Fields(node, .contact, in: self) else { return nil }
        if fields.isEmpty { error("expected tagged, not_tagged, friend, in or not_in", at: node.position) }
        var check = ContactCheck()
        if let tags = fields["tagged"] { check.tagged = texts(in: tags) }
        if let tags = fields["not_tagged"] { check.notTagged = texts(in: tags) }
        check.isFriend = fields["friend"].flatMap(flag)
        if let among = fields["in"] { check.among = references(among, isChat: isChat) }
        if let among = fields["not_in"] { check.notAmong = references(among, isChat: isChat) }
        return errorCount == before ? check : nil
    }

    private func references(_ node: Node, isChat: Bool) -> [Reference] {
        let prefix = isChat ? "chat:" : "user:"
        return list(node).compactMap { item in
            guard let text = text(item) else { return nil }
            if let name = name(text, after: prefix) { return Reference(name: name) }
            error("\(quoted(text)) is not possible here, expected \(prefix)NAME", at: item.position)
            return nil
        }
    }

    /// A list of texts with something in it.
    func texts(in node: Node) -> [String] {
        let items = list(node)
        if items.isEmpty { error("expected at least one text", at: node.position) }
        return items.compactMap(text)
    }

    private func variableCheck(_ node: Node) -> VariableCheck? {
        guard case .map(let entries) = node.content, !entries.isEmpty else {
            error("expected a map of variables to values, not \(node.kindInWords)", at: node.position)
            return nil
        }
        let before = errorCount
        let wanted = entries.map { entry in
            let isKnown = names.variables.contains(entry.key) || names.saved.contains(entry.key)
            if !isKnown {
                let known = names.variables.union(names.saved).sorted()
                error(
                    "nothing sets a variable \(quoted(entry.key))", at: entry.keyPosition,
                    suggestion: nearest(to: entry.key, among: known))
            }
            return (name: entry.key, tests: variableTests(entry.value))
        }
        return errorCount == before ? VariableCheck(wanted: wanted) : nil
    }

    private func variableTests(_ node: Node) -> [VariableCheck.Test] {
        guard case .map = node.content else { return [.equals(texts(in: node))] }
        guard let fields = Fields(node, .variableTest, in: self) else { return [] }
        if fields.isEmpty { error("expected at_least, at_most, is_not or matches", at: node.position) }
        var tests: [VariableCheck.Test] = []
        if let least = fields["at_least"].flatMap(decimal) { tests.append(.atLeast(least)) }
        if let most = fields["at_most"].flatMap(decimal) { tests.append(.atMost(most)) }
        if let others = fields["is_not"] { tests.append(.isNot(texts(in: others))) }
        if let expressions = fields["matches"] {
            let patterns = list(expressions).compactMap { item in
                text(item).flatMap { pattern($0, item, CheckOptions()) }
            }
            tests.append(.matches(patterns))
        }
        return tests
    }

    private func decimal(_ node: Node) -> Decimal? {
        if case .scalar(let scalar) = node.content, let number = NumberText.decimal(scalar.text) {
            return number
        }
        error("expected a number", at: node.position)
        return nil
    }

    private func countCheck(_ node: Node) -> CountCheck? {
        let before = errorCount
        guard let fields = Fields(node, .count, in: self) else { return nil }
        let of = fields.required("of")
        let within = fields.required("within").flatMap(length)
        let range = 0...CountCheck.most
        let atLeast = fields["at_least"].flatMap { count($0, in: range) }
        let atMost = fields["at_most"].flatMap { count($0, in: range) }
        if !fields.mentions("at_least"), !fields.mentions("at_most") {
            error("expected at_least or at_most", at: node.position)
        }
        guard let of, let name = text(of), let within, errorCount == before else { return nil }
        if name == "messages" {
            return CountCheck(rule: nil, within: within, atLeast: atLeast, atMost: atMost)
        }
        countedRules.append((name, of.position))
        return CountCheck(rule: name, within: within, atLeast: atLeast, atMost: atMost)
    }

    /// A length of time such as `90s` or `1h30m`.
    func length(_ node: Node) -> Duration? {
        if case .scalar(let scalar) = node.content, let length = duration(Substring(scalar.text)) {
            return length
        }
        error("expected a length of time such as 90s, 10m, 2h or 3d", at: node.position)
        return nil
    }
}
