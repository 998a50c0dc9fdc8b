import BotKit
import Glibc

extension Reading {
    /// What a step does; nil if there are errors, which are noted.
    func act(_ head: String, _ node: Node, _ context: RuleContext) -> Act? {
        let before = errorCount
        let act: Act? =
            switch head {
            case "reply": reply(node, context).map(Act.say)
            case "send": send(node, context).map(Act.say)
            case "accept_friend": acceptFriend(node, context)
            case "decline_friend": declineFriend(node, context)
            case "set", "add": assign(head, node, context)
            case "clear": clear(node)
            case "tag", "untag": tag(node, isSet: head == "tag")
            case "invite": invite(node)
            case "forward": forward(node)
            case "recall": recall(node)
            case "emit": emit(node, context)
            case "http": callWebhook(node, context)
            default: answer(node, context).map { .note($0, isAlert: head == "alert") }
            }
        return errorCount == before ? act : nil
    }

    // MARK: Saying

    private func reply(_ node: Node, _ context: RuleContext) -> Saying? {
        note(uses: [
            NameUse(name: .plain(.chatID), hasDefault: false, position: node.position, isAnswer: true)
        ])
        guard case .map = node.content else {
            return answer(node, context).map { Saying(content: .text($0)) }
        }
        guard let fields = Fields(node, .reply, in: self), var saying = content(fields, context) else {
            return nil
        }
        saying.quotes = fields["quote"].flatMap(flag) ?? false
        if let mention = fields["mention"], !isWord(mention, "auto") { saying.mentions = flag(mention) }
        return saying
    }

    private func send(_ node: Node, _ context: RuleContext) -> Saying? {
        guard let fields = Fields(node, .send, in: self) else { return nil }
        let target = fields.required("to").flatMap { self.target($0) }
        guard var saying = content(fields, context) else { return nil }
        saying.target = target
        saying.lifetime = fields["expires"].flatMap(length)
        saying.key = fields["key"].flatMap { template($0, for: context.bot) }
        saying.priority = fields["priority"].flatMap(priority)
        saying.time = fields["at"].flatMap { sendTime($0, for: context.bot) }
        return saying
    }

    private func sendTime(_ node: Node, for bot: BotSettings) -> SendTime? {
        guard let template = template(node, for: bot) else { return nil }
        if let text = template.literal, bot.time(of: text, after: Timestamp(seconds: 0)) == nil {
            error("\(quoted(text)) is no time, expected \(BotSettings.timeForms)", at: node.position)
            return nil
        }
        return SendTime(template: template, bot: bot)
    }

    func content(_ fields: Fields, _ context: RuleContext) -> Saying? {
        let kinds = ["card", "text"] + RuleMedia.Kind.allCases.map(\.rawValue)
        let given = kinds.filter { fields[$0] != nil }
        if given.count > 1, let entry = fields.entry(given[1]) {
            error("a message is one thing: \(given[0]) or \(given[1])", at: entry.keyPosition)
        }
        if let card = fields["card"] { return target(card).map { Saying(content: .card($0)) } }
        if let kind = given.first.flatMap(RuleMedia.Kind.init(rawValue:)) {
            return fields[kind.rawValue].flatMap { media(kind, $0) }.map { Saying(content: .media($0)) }
        }
        // Where something else was meant, that this version has none is error enough.
        guard
            let text = fields.isEmpty || !fields.hasProblems || fields.mentions("text")
                ? fields.required("text") : nil
        else { return nil }
        return answer(text, context).map { Saying(content: .text($0)) }
    }

    /// A file; a relative path is looked for beside the rules file that names it.
    private func media(_ kind: RuleMedia.Kind, _ node: Node) -> RuleMedia? {
        guard let text = text(node) else { return nil }
        var path = text
        if !text.hasPrefix("/"), let slash = source(of: node.position).name.lastIndex(of: "/") {
            path = source(of: node.position).name[...slash] + text
        }
        // What was kept of the past is sent as it was kept.
        guard unsafe others != nil || access(path, R_OK) == 0 else {
            error("there is no file \(quoted(text)) that can be read", at: node.position)
            return nil
        }
        let file = RuleMedia(kind: kind, path: path)
        media[file] = media[file] ?? node.position
        return file
    }

    /// A text: a template, or an entry of `texts`.
    func answer(_ node: Node, _ context: RuleContext) -> Answer? {
        guard let name = node.reference("texts") else {
            return template(node, for: context.bot).map(Answer.template)
        }
        guard let text = context.vocabulary.texts[name] else {
            undefined(
                "texts", name, at: node.position, among: context.vocabulary.texts.keys,
                unless: !context.vocabulary.knowsAllTexts)
            return nil
        }
        note(
            uses: text.uses.map { use in
                NameUse(name: use.name, hasDefault: use.hasDefault, position: node.position, text: name)
            })
        return text.text.map(Answer.named)
    }

    /// `sender`, `chat:NAME` or `user:NAME`.
    func target(_ node: Node) -> Target? {
        guard let text = text(node) else { return nil }
        switch text {
        case "sender": return .sender
        case "chat", "here": return .here
        default: break
        }
        if let name = name(text, after: "chat:") { return .chat(Reference(name: name)) }
        if let name = name(text, after: "user:") { return .user(Reference(name: name)) }
        error(
            "\(quoted(text)) is nobody, expected sender, chat, chat:NAME or user:NAME", at: node.position,
            suggestion: nearest(to: text, among: ["sender", "chat"]))
        return nil
    }

    private func isWord(_ node: Node, _ word: String) -> Bool {
        if case .scalar(let scalar) = node.content { scalar.text == word } else { false }
    }

    // MARK: Friends and rooms

    private func acceptFriend(_ node: Node, _ context: RuleContext) -> Act? {
        if node.isBlank || isWord(node, "true") { return .acceptFriend(tags: [], remark: nil, reason: nil) }
        guard let fields = Fields(node, .acceptFriend, in: self) else { return nil }
        return .acceptFriend(
            tags: fields["tag"].map { texts(in: $0) } ?? [],
            remark: fields["remark"].flatMap { template($0, for: context.bot) },
            reason: fields["reason"].flatMap { template($0, for: context.bot) })
    }

    /// Nothing, or why: a text, or `{ reason: … }`.
    private func declineFriend(_ node: Node, _ context: RuleContext) -> Act? {
        if node.isBlank || isWord(node, "true") { return .declineFriend(reason: nil) }
        guard case .map = node.content else {
            return template(node, for: context.bot).map { .declineFriend(reason: $0) }
        }
        return Fields(node, .declineFriend, in: self).map { fields in
            .declineFriend(reason: fields["reason"].flatMap { template($0, for: context.bot) })
        }
    }

    private func invite(_ node: Node) -> Act? {
        guard case .map = node.content else { return target(node).map { .invite(to: $0, whom: .sender) } }
        guard let fields = Fields(node, .invite, in: self),
            let room = fields.required("to").flatMap({ target($0) })
        else { return nil }
        guard let who = fields["who"] else { return .invite(to: room, whom: .sender) }
        return target(who).map { .invite(to: room, whom: $0) }
    }

    private func forward(_ node: Node) -> Act? {
        guard case .map = node.content else { return target(node).map { .forward(to: $0) } }
        return Fields(node, .forward, in: self)?.required("to").flatMap { target($0) }.map {
            .forward(to: $0)
        }
    }

    private func recall(_ node: Node) -> Act? {
        choice(node, of: ["last"]).map { _ in .recall }
    }

    private func tag(_ node: Node, isSet: Bool) -> Act? {
        guard case .map = node.content else { return .tag(texts(in: node), on: .sender, isSet: isSet) }
        guard let fields = Fields(node, .tag, in: self), let tags = fields.required("tags") else {
            return nil
        }
        let target = fields["to"].map { self.target($0) } ?? .sender
        return target.map { .tag(texts(in: tags), on: $0, isSet: isSet) }
    }

    // MARK: Variables and events

    private func assign(_ head: String, _ node: Node, _ context: RuleContext) -> Act? {
        guard let fields = Fields(node, .variable, in: self) else { return nil }
        let scope = fields["scope"].flatMap(self.scope) ?? .chat
        let name = fields.required("name").flatMap(variableName)
        let value = fields.required("value").flatMap { template($0, for: context.bot, mayBeEmpty: true) }
        let lifetime = fields["expires"].flatMap(length)
        guard let name, let value else { return nil }
        return head == "set"
            ? .set(scope, name: name, value: value, lifetime: lifetime)
            : .add(scope, name: name, number: value, lifetime: lifetime)
    }

    private func clear(_ node: Node) -> Act? {
        guard let fields = Fields(node, .clear, in: self) else { return nil }
        let scope = fields["scope"].flatMap(self.scope) ?? .chat
        return fields.required("name").flatMap(variableName).map { .clear(scope, name: $0) }
    }

    private func scope(_ node: Node) -> VariableScope? {
        choice(node, of: VariableScope.allCases.map(\.rawValue)).flatMap(VariableScope.init(rawValue:))
    }

    /// A name that an expression can spell.
    func variableName(_ node: Node) -> String? {
        guard let text = text(node) else { return nil }
        let isTaken = [
            "message", "sender", "chat", "match", "recipient", "webhook", "vars", "now", "today", "error",
            "event", "schedule", "true", "false", "and", "or", "not", "in",
        ]
        .contains(text)
        if isName(text), !text.contains("-"), text.first?.isNumber == false, !isTaken { return text }
        error(
            isTaken
                ? "\(quoted(text)) means something else already"
                : "\(quoted(text)) cannot be a name here, expected letters, digits and _", at: node.position)
        return nil
    }

    private func emit(_ node: Node, _ context: RuleContext) -> Act? {
        guard case .map = node.content else { return text(node).map { .emit(name: $0, data: []) } }
        guard let fields = Fields(node, .emit, in: self), let name = fields.required("name").flatMap(text)
        else { return nil }
        guard let data = fields["data"] else { return .emit(name: name, data: []) }
        let values = map(data).compactMap { entry in
            template(entry.value, for: context.bot, mayBeEmpty: true).map { (name: entry.key, value: $0) }
        }
        return .emit(name: name, data: values)
    }
}
