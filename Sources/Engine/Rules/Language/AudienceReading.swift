import BotKit

extension Reading {
    /// Names in one list at most.
    private static let mostNames = 200

    /// Audiences by name, whatever order they stand in.
    func audiences(_ nodes: [Node]) {
        for entry in nodes.flatMap({ entries($0, of: "audiences") }) {
            if audienceNodes.updateValue(entry.value, forKey: entry.key) != nil {
                error("there is another audience called \(quoted(entry.key))", at: entry.keyPosition)
            }
        }
        // Read them all, so that what is wrong with one is said though nobody uses it.
        for name in audienceNodes.keys.sorted() { _ = namedAudience(name) }
    }

    /// An audience: `audiences.NAME`, or what it is.
    func audience(_ node: Node) -> Audience? {
        guard let name = node.reference("audiences") else {
            if case .map = node.content { return selector(node) }
            error(
                "expected audiences.NAME, or a map such as { tagged: customer }", at: node.position)
            return nil
        }
        guard audienceNodes[name] != nil else {
            undefined("audiences", name, at: node.position, among: audienceNodes.keys, unless: false)
            return nil
        }
        if openAudiences.contains(name) {
            error("the audience \(quoted(name)) is part of itself", at: node.position)
            return nil
        }
        return namedAudience(name)
    }

    private func namedAudience(_ name: String) -> Audience? {
        if let known = readAudiences[name] { return known }
        guard let node = audienceNodes[name] else { return nil }
        openAudiences.insert(name)
        defer { openAudiences.remove(name) }
        let audience = audience(node)
        if openAudiences.count == 1 { readAudiences[name] = .some(audience) }
        return audience
    }

    private func selector(_ node: Node, isExcluded: Bool = false) -> Audience? {
        let before = errorCount
        guard let fields = Fields(node, .audience, in: self) else { return nil }
        var audience = Audience()
        if let node = fields["tagged"] { audience.tagged = names(node) }
        if let node = fields["not_tagged"] { audience.notTagged = names(node) }
        if let node = fields["in_group"] { audience.rooms = references(node, after: ["chat:"]) }
        if let node = fields["users"] { audience.users = references(node, after: ["user:", "chat:"]) }
        audience.friends = fields["friends"].flatMap(flag)
        audience.activeWithin = fields["active_within"].flatMap(length)
        if let node = fields["any_of"] { audience.anyOf = audiences(in: node) }
        if let node = fields["all_of"] { audience.allOf = audiences(in: node) }
        if let node = fields["except"] { audience.except = audiences(in: node) }
        guard errorCount == before else { return nil }
        if !audience.selects {
            error(
                "this says who is left out and not who is in it: add tagged, in_group, friends, active_within, users or any_of",
                at: node.position)
            return nil
        }
        return audience
    }

    private func audiences(in node: Node) -> [Audience] {
        let items = list(node)
        if items.isEmpty { error("expected at least an audience", at: node.position) }
        return items.compactMap { audience($0) }
    }

    private func names(_ node: Node) -> [String] {
        let names = texts(in: node)
        if names.count > Self.mostNames {
            error("more than \(Self.mostNames) tags in one list", at: node.position)
        }
        return names
    }

    /// Names of rooms without what stands before them, and of others with it.
    private func references(_ node: Node, after prefixes: [String]) -> [String] {
        let names = texts(in: node).compactMap { text -> String? in
            for prefix in prefixes {
                guard let name = name(text, after: prefix) else { continue }
                return prefixes.count == 1 ? name : prefix + name
            }
            let expected = prefixes.map { "\($0)NAME" }.joined(separator: " or ")
            error("\(quoted(text)) is not possible here, expected \(expected)", at: node.position)
            return nil
        }
        if names.count > Self.mostNames, prefixes.count == 1 {
            error("more than \(Self.mostNames) rooms in one list", at: node.position)
        }
        return names
    }
}
