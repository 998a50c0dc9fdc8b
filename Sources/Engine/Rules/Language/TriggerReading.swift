import BotKit

extension Reading {
    /// A trigger; nil if it has errors, which are noted.
    func trigger(_ node: Node, _ vocabulary: Vocabulary) -> MessageTrigger? {
        guard let fields = Fields(node, .trigger, in: self) else { return nil }
        guard let value = fields["message"] else {
            if fields.isEmpty { error("expected a trigger, such as message", at: node.position) }
            return nil
        }
        guard case .map = value.content else {
            // A bare text, or a list of them, means says.
            return textCheck(.says, value, vocabulary, CheckOptions()).map { MessageTrigger(texts: [$0]) }
        }
        return Fields(value, .message, in: self).flatMap { messageTrigger($0, vocabulary) }
    }

    /// How the text keys of one trigger compare.
    struct CheckOptions {
        var ignoresCase = true
        var normalises = true
    }

    private func messageTrigger(_ fields: Fields, _ vocabulary: Vocabulary) -> MessageTrigger? {
        var options = CheckOptions()
        options.ignoresCase = fields["ignore_case"].flatMap(flag) ?? true
        options.normalises = fields["normalise"].flatMap(flag) ?? true
        var trigger = MessageTrigger()
        var isWhole = true
        trigger.place = fields["in"].flatMap(place)
        if let from = fields["from"] { trigger.from = people(from) }
        if let notFrom = fields["not_from"] { trigger.notFrom = people(notFrom) ?? [] }
        for kind in TextCheck.Kind.allCases {
            guard let value = fields[kind.rawValue] else { continue }
            if let check = textCheck(kind, value, vocabulary, options) {
                trigger.texts.append(check)
            } else {
                isWhole = false
            }
        }
        return isWhole ? trigger : nil
    }

    /// Where; nil for anywhere.
    private func place(_ node: Node) -> Place? {
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
    private func people(_ node: Node) -> [Reference]? {
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

    private func name(_ text: String, after prefix: String) -> String? {
        guard text.hasPrefix(prefix) else { return nil }
        let name = Alike.trimmed(String(text.dropFirst(prefix.count)))
        return name.isEmpty ? nil : name
    }
}
