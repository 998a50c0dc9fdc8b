import BotKit

/// Somebody else's webhook, as a rules file describes it.
package struct WebhookSettings: Sendable {
    package var url: String
    package var method = "POST"
    package var headers: [(name: String, value: Secret)] = []
    package var signingSecret: Secret?
    package var timeout = Duration.seconds(10)
    /// How often a call is made again at most.
    package var retries = 3
    package var allowsPrivate = false
}

/// What others may call, as a rule describes it.
package struct WebhookEntrance: Hashable, Sendable {
    package var path: String
    package var method = "POST"
    /// Nil if everybody may.
    package var secret: Secret?
    package var status = 202
}

/// Says what is wrong with a webhook; nil if nothing is. What can be called, those know who call.
package struct WebhookChecks: Sendable {
    package var settings: @Sendable (WebhookSettings) -> String?
    package var entrances: @Sendable ([WebhookEntrance]) -> String?

    package init(
        settings: @escaping @Sendable (WebhookSettings) -> String? = { _ in nil },
        entrances: @escaping @Sendable ([WebhookEntrance]) -> String? = { _ in nil }
    ) {
        self.settings = settings
        self.entrances = entrances
    }
}

extension Reading {
    /// Webhooks of others, by name.
    func webhooks(_ nodes: [Node]) -> [String: WebhookSettings] {
        var webhooks: [String: WebhookSettings] = [:]
        for entry in nodes.flatMap({ entries($0, of: "webhooks") }) {
            if webhooks[entry.key] != nil {
                error("there is another webhook called \(quoted(entry.key))", at: entry.keyPosition)
            }
            if let settings = webhook(entry.value) { webhooks[entry.key] = settings }
        }
        return webhooks
    }

    private func webhook(_ node: Node) -> WebhookSettings? {
        let before = errorCount
        guard let fields = Fields(node, .webhook, in: self) else { return nil }
        let address = fields.required("url")
        var settings = WebhookSettings(url: address.flatMap(secretText)?.value ?? "")
        if let address, !settings.url.isEmpty, let problem = webhookChecks.settings(settings) {
            error(problem, at: address.position, showsLine: address.reference("secrets") == nil)
        }
        if let method = fields["method"].flatMap(method) { settings.method = method }
        if let node = fields["headers"] {
            for header in map(node) {
                guard let value = secretText(header.value) else { continue }
                settings.headers.append((header.key, value))
                let one = WebhookSettings(url: "https://example.com", headers: [(header.key, value)])
                if let problem = webhookChecks.settings(one) {
                    error(problem, at: header.keyPosition, showsLine: false)
                }
            }
        }
        settings.signingSecret = fields["sign_with"].flatMap(secretText)
        if let timeout = fields["timeout"].flatMap(length) {
            settings.timeout = timeout
            if timeout > .seconds(300), let node = fields["timeout"] {
                error("a call may take 5m at most", at: node.position)
            }
        }
        if let retries = fields["retries"].flatMap({ count($0, in: 0...100) }) { settings.retries = retries }
        settings.allowsPrivate = fields["allow_private"].flatMap(flag) ?? false
        guard errorCount == before else { return nil }
        // What each part allows may be too much together.
        if let problem = webhookChecks.settings(settings) {
            error(problem, at: node.position, showsLine: false)
            return nil
        }
        return settings
    }

    /// A map whose names mean something to somebody else.
    func map(_ node: Node) -> [Node.Entry] {
        if case .map(let entries) = node.content { return entries }
        error("expected a map of names to values, not \(node.kindInWords)", at: node.position)
        return []
    }

    private func method(_ node: Node) -> String? {
        choice(node, of: ["POST", "PUT", "PATCH", "GET", "DELETE"])
    }

    /// What others call to start a rule.
    func webhookTrigger(_ node: Node) -> Trigger? {
        let before = errorCount
        guard let fields = Fields(node, .webhookTrigger, in: self), let path = fields.required("path") else {
            return nil
        }
        var entrance = WebhookEntrance(path: text(path) ?? "/")
        if let method = fields["method"].flatMap(method) { entrance.method = method }
        let isOpen = fields["open"].flatMap(flag) ?? false
        if let secret = fields["secret"] {
            entrance.secret = secretText(secret)
            if isOpen, let entry = fields.entry("open") {
                error("'open' says that everybody may call, and 'secret' that not", at: entry.keyPosition)
            }
        } else if !isOpen, !fields.mentions("secret") {
            error(
                "'secret' is missing here: who may call? If everybody may, say open: true", at: node.position)
        }
        if let status = fields["reply"].flatMap({ count($0, in: 200...299) }) { entrance.status = status }
        let json = fields["json"].map(matchMap) ?? MatchMap()
        guard errorCount == before else { return nil }
        if let problem = webhookChecks.entrances(entrances + [entrance]) {
            error(problem, at: path.position)
            return nil
        }
        if !entrances.contains(entrance) { entrances.append(entrance) }
        return .webhook(WebhookTrigger(path: entrance.path, method: entrance.method, json: json))
    }

    // MARK: Calls

    func callWebhook(_ node: Node, _ context: RuleContext) -> Act? {
        guard let fields = Fields(node, .http, in: self) else { return nil }
        let to = fields.required("to")
        let name = to.flatMap(text)
        if let to, let name, context.vocabulary.webhooks[name] == nil {
            error(
                "there is no webhook \(quoted(name)) under 'webhooks'", at: to.position,
                suggestion: nearest(to: name, among: context.vocabulary.webhooks.keys.sorted()))
        }
        let kinds = ["json", "form", "text"].filter { fields[$0] != nil }
        if kinds.count > 1, let entry = fields.entry(kinds[1]) {
            error("what is sent is one thing: json, form or text", at: entry.keyPosition)
        }
        guard let name else { return nil }
        let retries = context.vocabulary.webhooks[name] ?? 0
        switch kinds.first {
        case "json":
            return fields["json"].flatMap { json($0, context) }.map {
                .callWebhook(name, .json($0), retries: retries)
            }
        case "text":
            return fields["text"].flatMap { answer($0, context) }.map {
                .callWebhook(name, .text($0), retries: retries)
            }
        case "form":
            let entries = fields["form"].map(map) ?? []
            let form = entries.compactMap { entry in
                template(entry.value, for: context.bot, mayBeEmpty: true).map { (name: entry.key, value: $0) }
            }
            return .callWebhook(name, .form(form), retries: retries)
        default: return .callWebhook(name, .json(.map([])), retries: retries)
        }
    }

    /// JSON whose texts are templates. What is plainly a number, true, false or nothing is that.
    func json(_ node: Node, _ context: RuleContext) -> Payload.JSONTemplate? {
        switch node.content {
        case .list(let items): return .list(items.compactMap { json($0, context) })
        case .map(let entries):
            return .map(
                entries.compactMap { entry in json(entry.value, context).map { (name: entry.key, value: $0) }
                })
        case .scalar(let scalar):
            if scalar.text.contains("{{") { return template(node, for: context.bot).map { .value($0) } }
            return .fixed(value(node))
        }
    }
}
