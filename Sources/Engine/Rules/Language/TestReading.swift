import BotKit

extension Reading {
    /// The tests of a file and those that it includes.
    ///
    /// - Parameter rules: the ids of the rules, each with the first of its triggers that is a schedule.
    func tests(_ nodes: [Node], for bot: BotSettings, rules: [String: Int?]) -> [RuleTest] {
        nodes.flatMap { node -> [RuleTest] in
            guard case .list(let items) = node.content else {
                if !node.isBlank {
                    error("expected a list of tests, not \(node.kindInWords)", at: node.position)
                }
                return []
            }
            return items.compactMap { test($0, for: bot, rules: rules) }
        }
    }

    private func test(_ node: Node, for bot: BotSettings, rules: [String: Int?]) -> RuleTest? {
        let before = errorCount
        guard let fields = Fields(node, .test, in: self),
            let given = fields.required("given").flatMap({ Fields($0, .given, in: self) }),
            let expect = fields.required("expect").flatMap({ Fields($0, .expect, in: self) })
        else { return nil }
        let sender = sender(given["from"])
        let chat = chat(given["chat"], sender)
        let time = given["at"].flatMap { moment($0, for: bot) } ?? noon(for: bot)
        let body = body(given, sender, time: time, rules: rules)
        var test = RuleTest(
            place: finding("", at: node.position), body: body ?? .bot(.started), chat: chat, sender: sender,
            time: time, expected: expectation(expect, rules: Set(rules.keys)))
        if let answers = given["answers"] { test.answers = list(answers).compactMap(text) }
        if let answers = given["http"] { test.webhooks = webhookOutcomes(answers) }
        if let outcomes = given["handler"] {
            for entry in map(outcomes) {
                guard let outcome = handlerOutcome(entry.value) else { continue }
                test.handlers[entry.key] = outcome
            }
        }
        if let tags = given["tagged"] { test.tags = Set(texts(in: tags)) }
        if let variables = given["vars"] { test.variables = startValues([variables]) }
        return errorCount == before ? test : nil
    }

    /// `friend`, `stranger`, or `user:NAME` for a friend of that name.
    private func sender(_ node: Node?) -> Contact {
        var sender = Contact(id: "test-sender", kind: .private, name: "Tester", isFriend: true)
        guard let node, let text = text(node) else { return sender }
        if let name = name(text, after: "user:") {
            (sender.id, sender.name) = (name, name)
        } else if text == "stranger" {
            sender.isFriend = false
        } else if text != "friend" {
            error("\(quoted(text)) is nobody, expected friend, stranger or user:NAME", at: node.position)
        }
        return sender
    }

    /// `private`, `group`, or `chat:NAME` for a group of that name.
    private func chat(_ node: Node?, _ sender: Contact) -> Contact {
        guard let node, let text = text(node) else { return sender }
        if text == "private" { return sender }
        if text == "group" {
            return Contact(id: "test-room", kind: .group, name: "Test room", isFriend: true)
        }
        if let name = name(text, after: "chat:") {
            return Contact(id: name, kind: .group, name: name, isFriend: true)
        }
        error("\(quoted(text)) is no chat, expected private, group or chat:NAME", at: node.position)
        return sender
    }

    private func body(
        _ given: Fields, _ sender: Contact, time: Timestamp, rules: [String: Int?]
    ) -> Event.Body? {
        let heads = ["message", "friend_request", "schedule", "event", "webhook"].filter { given[$0] != nil }
        guard heads.count == 1, let head = heads.first, let value = given[head] else {
            if !given.hasProblems {
                error(
                    "expected one of message, friend_request, schedule, event and webhook",
                    at: given.node.position)
            }
            return nil
        }
        if head == "webhook" { return webhookCall(value) }
        let person = PersonID(sender.id)
        guard let text = scalar(value)?.text else { return nil }
        switch head {
        case "message":
            let mentions = given["mentions_me"].flatMap(flag) ?? false
            return .message(
                Message(sender: person, content: .text(text), mentions: mentions ? ["test-bot"] : []))
        case "friend_request":
            return .friendRequest(
                FriendRequest(
                    person: person, name: sender.name, greeting: text,
                    source: given["source"].flatMap {
                        choice($0, of: FriendSource.allCases.map(\.rawValue))
                    } ?? "search", token: ""))
        case "schedule": return scheduled(text, value, time: time, rules: rules)
        default:
            var data: [String: Value] = [:]
            if let node = given["data"] { data = startValues([node]) }
            return .emitted(EmittedEvent(name: text, data: data))
        }
    }

    private func scheduled(
        _ id: String, _ node: Node, time: Timestamp, rules: [String: Int?]
    ) -> Event.Body? {
        let scheduled = rules.compactMapValues { $0 }
        if let trigger = scheduled[id] {
            return .scheduled(ScheduledTime(rule: id, trigger: trigger, time: time))
        }
        error(
            rules[id] == nil ? "there is no rule \(quoted(id))" : "no schedule starts the rule \(quoted(id))",
            at: node.position, suggestion: nearest(to: id, among: scheduled.keys.sorted()))
        return nil
    }

    /// A call of one of the bot's webhooks.
    private func webhookCall(_ node: Node) -> Event.Body? {
        guard let fields = Fields(node, .givenWebhook, in: self),
            let path = fields.required("path").flatMap(text)
        else { return nil }
        return .webhook(
            WebhookCall(
                path: path, method: fields["method"].flatMap(text) ?? "POST", body: self.body(fields),
                key: "test"))
    }

    /// What comes with a call: JSON, or a text.
    private func body(_ fields: Fields) -> String {
        if let json = fields["json"] { return value(json).json }
        return fields["text"].flatMap { scalar($0)?.text } ?? ""
    }

    private func webhookOutcomes(_ node: Node) -> [String: RuleTest.WebhookOutcome] {
        var outcomes: [String: RuleTest.WebhookOutcome] = [:]
        for entry in entries(node, of: "answers") {
            guard let fields = Fields(entry.value, .givenAnswer, in: self) else { continue }
            if let error = fields["error"].flatMap(text) {
                outcomes[entry.key] = .failure(error)
                continue
            }
            let status = fields["status"].flatMap { count($0, in: 100...599) } ?? 200
            outcomes[entry.key] =
                (200...299).contains(status)
                ? .answer(WebhookAnswer(status: status, body: body(fields))) : .failure("status \(status)")
        }
        return outcomes
    }

    /// `{ error: WHY }`, or else the value that the handler gives.
    private func handlerOutcome(_ node: Node) -> HandlerOutcome? {
        if case .map(let entries) = node.content, entries.count == 1, entries[0].key == "error" {
            return text(entries[0].value).map { HandlerOutcome(error: $0) }
        }
        return HandlerOutcome(value: value(node))
    }

    private func expectation(_ expect: Fields, rules: Set<String>) -> RuleTest.Expectation {
        var expected = RuleTest.Expectation()
        if expect.isEmpty {
            error(
                "expected rule, replies, sends, emits, accepts, http or broadcasts", at: expect.node.position)
        }
        if let rule = expect["rule"], let id = text(rule) {
            if id != "none", !rules.contains(id) {
                error(
                    "there is no rule \(quoted(id))", at: rule.position,
                    suggestion: nearest(to: id, among: rules.sorted()))
            }
            expected.rule = id
        }
        expected.replies = expect["replies"].map { list($0).compactMap(textTest) }
        expected.sends = expect["sends"].map { list($0).compactMap(textTest) }
        expected.emits = expect["emits"].map { list($0).compactMap(text) }
        expected.http = expect["http"].map { list($0).compactMap(text) }
        expected.broadcasts = expect["broadcasts"].map { list($0).compactMap(textTest) }
        expected.accepts = expect["accepts"].flatMap(flag)
        return expected
    }

    /// A text, or `/an expression/`.
    private func textTest(_ node: Node) -> RuleTest.TextTest? {
        guard let text = text(node) else { return nil }
        guard text.count > 2, text.hasPrefix("/"), text.hasSuffix("/") else { return .exactly(text) }
        let expression = String(text.dropFirst().dropLast())
        return pattern(expression, node, CheckOptions(ignoresCase: false, normalises: false))
            .map { .matching($0, text: expression) }
    }

    // MARK: Time

    private func moment(_ node: Node, for bot: BotSettings) -> Timestamp? {
        if let text = text(node), let moment = bot.moment(of: text) { return moment }
        error("expected a day and a time such as \"2026-11-23 10:00\"", at: node.position)
        return nil
    }

    /// A Monday at noon: a test that names no time is the same on every day.
    private func noon(for bot: BotSettings) -> Timestamp {
        bot.moment(of: "2026-01-05 12:00") ?? Timestamp(seconds: 1_767_614_400)
    }
}
