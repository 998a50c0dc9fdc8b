import BotKit

extension Reading {
    /// A trigger; nil if it has errors, which are noted.
    ///
    /// - Parameter number: which of the rule's triggers it is, from 0.
    func trigger(_ node: Node, number: Int, _ context: RuleContext) -> Trigger? {
        let vocabulary = context.vocabulary
        guard let fields = Fields(node, .trigger, in: self) else { return nil }
        let heads = Keys.trigger.here.filter { fields[$0] != nil }
        guard let head = heads.first, let value = fields[head] else {
            if fields.isEmpty { error("expected a trigger, such as message", at: node.position) }
            return nil
        }
        if heads.count > 1, let entry = fields.entry(heads[1]) {
            error(
                "a trigger is one thing, this one is \(heads[0]) already; put each into an item of a list",
                at: entry.keyPosition)
            return nil
        }
        switch head {
        case "message":
            guard case .map = value.content else {
                // A bare text, or a list of them, means says.
                return textCheck(.says, value, vocabulary, CheckOptions()).map {
                    .message(MessageTrigger(texts: [$0]))
                }
            }
            return Fields(value, .message, in: self).flatMap { messageTrigger($0, vocabulary) }
        case "friend_request": return friendRequest(value, vocabulary)
        case "friend_added", "friend_lost":
            guard let sources = friendChange(value) else { return nil }
            return head == "friend_added" ? .friendAdded(sources) : .friendLost(sources)
        case "group": return group(value)
        case "schedule":
            return schedule(value, for: context.bot).map {
                .schedule(ScheduleTrigger(rule: context.rule, number: number, schedule: $0))
            }
        case "bot": return botMoments(value)
        case "webhook": return webhookTrigger(value)
        default: return event(value)
        }
    }

    private func messageTrigger(_ fields: Fields, _ vocabulary: Vocabulary) -> Trigger? {
        var options = CheckOptions()
        options.ignoresCase = fields["ignore_case"].flatMap(flag) ?? true
        options.normalises = fields["normalise"].flatMap(flag) ?? true
        options.wholeWords = fields["whole_words"].flatMap(flag) ?? false
        let before = errorCount
        var trigger = MessageTrigger()
        if let kinds = fields["kind"] {
            trigger.kinds = Set(list(kinds).compactMap { choice($0, of: MessageTrigger.kindNames) })
        }
        trigger.place = fields["in"].flatMap(place)
        if let from = fields["from"] { trigger.from = people(from) }
        if let notFrom = fields["not_from"] { trigger.notFrom = people(notFrom) ?? [] }
        trigger.mentionsMe = fields["mentions_me"].flatMap(flag) ?? false
        for kind in TextCheck.Kind.allCases {
            if let value = fields[kind.rawValue], let check = textCheck(kind, value, vocabulary, options) {
                trigger.texts.append(check)
            }
        }
        if let value = fields["contains_all"] {
            trigger.texts +=
                textChecks(.contains, all: value, vocabulary, options, name: "contains_all") ?? []
        }
        if let value = fields["not_contains"],
            let check = textCheck(
                .contains, value, vocabulary, options, name: "not_contains", isNegated: true)
        {
            trigger.texts.append(check)
        }
        return errorCount == before ? .message(trigger) : nil
    }

    /// - Returns: nil if there are errors; a nil inside of it is any way.
    private func friendChange(_ node: Node) -> Set<FriendSource>?? {
        if node.isBlank { return .some(nil) }
        let before = errorCount
        guard let fields = Fields(node, .friendChange, in: self) else { return nil }
        let sources = fields["source"].map(friendSources)
        return errorCount == before ? .some(sources) : nil
    }

    private func friendSources(_ node: Node) -> Set<FriendSource> {
        Set(
            list(node).compactMap { choice($0, of: FriendSource.allCases.map(\.rawValue)) }
                .compactMap(FriendSource.init(rawValue:)))
    }

    private func friendRequest(_ node: Node, _ vocabulary: Vocabulary) -> Trigger? {
        if node.isBlank { return .friendRequest(FriendRequestTrigger()) }
        let before = errorCount
        guard let fields = Fields(node, .friendRequest, in: self) else { return nil }
        var trigger = FriendRequestTrigger()
        if let sources = fields["source"] {
            trigger.sources = friendSources(sources)
        }
        if let notFrom = fields["not_from"] { trigger.notFrom = people(notFrom) ?? [] }
        if let value = fields["says_any"],
            let check = textCheck(.contains, value, vocabulary, CheckOptions(), name: "says_any")
        {
            trigger.texts.append(check)
        }
        if let value = fields["matches"], let check = textCheck(.matches, value, vocabulary, CheckOptions()) {
            trigger.texts.append(check)
        }
        return errorCount == before ? .friendRequest(trigger) : nil
    }

    private func group(_ node: Node) -> Trigger? {
        if node.isBlank { return .group(GroupTrigger()) }
        let before = errorCount
        guard let fields = Fields(node, .group, in: self) else { return nil }
        var trigger = GroupTrigger()
        if let kinds = fields["event"] {
            trigger.kinds = Set(list(kinds).compactMap(groupChange))
        }
        trigger.place = fields["in"].flatMap(place)
        return errorCount == before ? .group(trigger) : nil
    }

    private func groupChange(_ node: Node) -> GroupChange.Kind? {
        if case .scalar(let scalar) = node.content, scalar.text == "mentioned_all" {
            error("'mentioned_all' is not available in this version of Conure", at: node.position)
            return nil
        }
        return choice(node, of: GroupChange.Kind.allCases.map(\.rawValue))
            .flatMap(GroupChange.Kind.init(rawValue:))
    }

    private func botMoments(_ node: Node) -> Trigger? {
        guard let fields = Fields(node, .botTrigger, in: self),
            let moments = fields.required("event")
        else { return nil }
        let names = BotMoment.allCases.map(\.rawValue)
        let chosen = list(moments).compactMap { choice($0, of: names) }.compactMap(BotMoment.init(rawValue:))
        return chosen.isEmpty ? nil : .bot(Set(chosen))
    }

    private func event(_ node: Node) -> Trigger? {
        if case .scalar = node.content { return text(node).map { .event(EventTrigger(name: $0)) } }
        let before = errorCount
        guard let fields = Fields(node, .eventTrigger, in: self) else { return nil }
        let name = fields.required("name").flatMap(text)
        let data = fields["data"].map(matchMap) ?? MatchMap()
        guard let name, errorCount == before else { return nil }
        return .event(EventTrigger(name: name, data: data))
    }

    /// Names, dotted or nested, and the values of which each must have one.
    func matchMap(_ node: Node) -> MatchMap {
        var map = MatchMap()
        func add(_ node: Node, below path: [String]) {
            switch node.content {
            case .map(let entries):
                for entry in entries {
                    add(entry.value, below: path + entry.key.split(separator: ".").map(String.init))
                }
            case .list, .scalar: map.wanted.append((path, list(node).compactMap(text)))
            }
        }
        guard case .map(let entries) = node.content, !entries.isEmpty else {
            error("expected a map of names to values, not \(node.kindInWords)", at: node.position)
            return map
        }
        add(node, below: [])
        return map
    }

    /// Where; nil for anywhere.
    func place(_ node: Node) -> Place? {
        var place = Place()
        var isAnywhere = false
        let items = list(node)
        if items.isEmpty { error("expected private, group, any or chat:NAME", at: node.position) }
        for item in items {
            guard let text = text(item) else { continue }
            if text == "any" {
                isAnywhere = true
            } else if let kind = ChatKind(rawValue: text) {
                place.kinds.insert(kind)
            } else if let name = name(text, after: "chat:") {
                place.chats.append(Reference(name: name))
            } else {
                error(
                    "\(quoted(text)) is not a place, expected private, group, any or chat:NAME",
                    at: item.position,
                    suggestion: nearest(to: text, among: ["private", "group", "any"]))
            }
        }
        return isAnywhere ? nil : place
    }

    /// Who; nil for anyone.
    func people(_ node: Node) -> [Reference]? {
        var people: [Reference] = []
        var isAnyone = false
        let items = list(node)
        if items.isEmpty { error("expected user:NAME or anyone", at: node.position) }
        for item in items {
            guard let text = text(item) else { continue }
            if text == "anyone" {
                isAnyone = true
            } else if let name = name(text, after: "user:") {
                people.append(Reference(name: name))
            } else {
                error("\(quoted(text)) is not a person, expected user:NAME or anyone", at: item.position)
            }
        }
        return isAnyone ? nil : people
    }

    func name(_ text: String, after prefix: String) -> String? {
        guard text.hasPrefix(prefix) else { return nil }
        let name = Alike.trimmed(String(text.dropFirst(prefix.count)))
        return name.isEmpty ? nil : name
    }
}
