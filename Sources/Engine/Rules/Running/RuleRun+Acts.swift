import BotKit
import Foundation

extension RuleRun {
    /// Takes one step.
    ///
    /// - Returns: what it gives, to be saved.
    /// - Throws: `TemplateError` if it cannot be done.
    func perform(_ act: Act) throws -> Value {
        guard let rule else { return .missing }
        switch act {
        case .say(let saying): return try say(saying, rule)
        case .acceptFriend(let tags, let remark, let reason):
            guard case .friendRequest(let request) = view.event.body else {
                throw TemplateError(reason: "there is no friend request to accept")
            }
            if let reason { trace("accept_friend", try reason.render(self), .yes) }
            try self.act(.acceptFriend(request), in: ChatID(request.person.rawValue), rule)
            for tag in tags { try change(.tag(tag, on: request.person.rawValue, isSet: true)) }
            if let remark {
                try self.act(.setRemark(try remark.render(self)), in: ChatID(request.person.rawValue), rule)
            }
        case .declineFriend(let reason):
            guard case .friendRequest(let request) = view.event.body else {
                throw TemplateError(reason: "there is no friend request to decline")
            }
            if let reason { trace("decline_friend", try reason.render(self), .yes) }
            try self.act(.declineFriend(request), in: ChatID(request.person.rawValue), rule)
        case .forward(let target):
            guard let message = view.message else {
                throw TemplateError(reason: "there is no message to forward")
            }
            try self.act(.send(message.content), in: try chat(of: target).id, rule)
        case .recall:
            guard let sent = try view.state.lastSent(in: view.event.chat) else {
                throw TemplateError(reason: "nothing was sent here that could be taken back")
            }
            try self.act(.recall(sent), in: view.event.chat, rule)
        case .invite(let room, let whom):
            try self.act(.invite([PersonID(try chat(of: whom).id.rawValue)]), in: try chat(of: room).id, rule)
        case .callWebhook(let webhook, let payload, let retries):
            var request = try request(of: payload, to: webhook)
            request.retries = retries
            try self.act(
                .callWebhook(request), in: ChatID("webhook:\(webhook)"), rule)
        case .call(let call): place.call = try pending(call)
        case .set(let scope, let name, let template, let lifetime):
            let value = try template.value(self)
            try change(.set(try owned(scope, name), value, lifetime: lifetime))
            return value
        case .add(let scope, let name, let template, let lifetime):
            let value = try template.value(self)
            guard let number = value.asNumber else {
                throw TemplateError(reason: "\(value.traced) is not a number, and cannot be added to \(name)")
            }
            let variable = try owned(scope, name)
            let before = try current(variable)
            guard before == .missing || before.asNumber != nil else {
                throw TemplateError(reason: "\(name) is \(before.traced), and nothing can be added to that")
            }
            let sum = Value.number((before.asNumber ?? 0) + number)
            try change(.set(variable, sum, lifetime: lifetime))
            return sum
        case .clear(let scope, let name): try change(.clear(try owned(scope, name)))
        case .tag(let tags, let target, let isSet):
            let id = try chat(of: target).id.rawValue
            for tag in tags { try change(.tag(tag, on: id, isSet: isSet)) }
        case .emit(let name, let data):
            var values: [String: Value] = [:]
            for (name, template) in data { values[name] = try template.value(self) }
            try emit(name, values)
        case .broadcast(let step): try broadcast(step, rule)
        case .note(let answer, let isAlert):
            let text = try template(of: answer).render(self)
            decision.notes.append(Note(isAlert: isAlert, rule: rule.id, text: text))
        }
        return .missing
    }

    /// Gives somebody a name of one's own.
    func setRemark(_ name: String, of target: Target) throws {
        guard let rule else { return }
        try act(.setRemark(name), in: try chat(of: target).id, rule)
    }

    private func act(_ effect: Effect, in chat: ChatID, _ rule: Rule, _ terms: SendTerms? = nil) throws {
        var terms = terms ?? SendTerms(lifetime: rule.terms.ownLifetime, priority: rule.terms.priority)
        if case .send = effect { terms.quiet = try quietTime(rule, chat, terms) }
        decision.actions.append(.perform(effect, in: chat, rule: rule.id, terms: terms))
    }

    /// When a message of the rule is not to leave.
    private func quietTime(_ rule: Rule, _ chat: ChatID, _ terms: SendTerms) throws -> QuietTime? {
        guard let hours = rule.terms.quiet else { return nil }
        if !hours.except.isEmpty {
            let contact = try view.state.contact(chat.rawValue)
            if hours.except.contains(where: { $0.means(id: chat.rawValue, contact) }) { return nil }
        }
        let time = max(view.circumstances.now, terms.notBefore ?? view.circumstances.now)
        let quiet = hours.next(at: time)
        if let quiet, quiet.contains(time) {
            trace("quiet", quiet.drops ? "dropped" : "held for \(Rule.words(quiet.to - time))", .yes)
        }
        return quiet
    }

    private func owned(_ scope: VariableScope, _ name: String) throws -> Variable {
        if let variable = variable(scope, name) { return variable }
        throw TemplateError(reason: "there is no \(scope.rawValue) here whose variable \(name) could be")
    }

    // MARK: Saying

    func say(_ saying: Saying, _ rule: Rule) throws -> Value {
        let chat = try saying.target.map { try self.chat(of: $0) } ?? here()
        var mentions: [PersonID] = []
        let content: Content
        switch saying.content {
        case .text(let answer):
            var text = try template(of: answer).render(self)
            if saying.quotes, let message = view.message {
                text = "「\(senderName(message)): \(traced(view.text))」\n" + text
            }
            if saying.mentions == true, chat.kind == .group, let sender = view.sender {
                mentions = [sender]
                text = "@\(senderName(view.message)) " + text
            }
            content = .text(text)
        case .card(let target): content = try card(of: target)
        case .media(let file): content = try ready(file)
        }
        let terms = SendTerms(
            lifetime: saying.lifetime ?? rule.terms.ownLifetime, key: try saying.key?.render(self) ?? "",
            priority: saying.priority ?? rule.terms.priority,
            notBefore: try saying.moment ?? time(saying.time))
        try act(.send(content, mentions: mentions), in: chat.id, rule, terms)
        if case .text(let text) = content { return .text(text) }
        return .missing
    }

    func card(of target: Target) throws -> Content {
        let person = try chat(of: target)
        let name = try view.state.contact(person.id.rawValue)?.name ?? person.id.rawValue
        return .card(PersonCard(person: PersonID(person.id.rawValue), name: name))
    }

    /// A file as it is sent.
    func ready(_ file: RuleMedia) throws -> Content {
        if let ready = media.map({ $0[file] }) ?? file.nameOnly { return ready }
        throw TemplateError(reason: "\(file.path) could not be made ready to be sent")
    }

    private func time(_ time: SendTime?) throws -> Timestamp? {
        guard let time else { return nil }
        let text = try time.template.render(self)
        if let found = time.bot.time(of: text, after: view.circumstances.now) { return found }
        throw TemplateError(reason: "\(traced(text)) is no time, expected \(BotSettings.timeForms)")
    }

    private func senderName(_ message: Message?) -> String {
        let id = (message?.sender ?? view.sender)?.rawValue ?? ""
        return Self.name(of: view.circumstances.sender, id: id)
    }

    private func here() throws -> (id: ChatID, kind: ChatKind) {
        if view.event.chat == .none { throw TemplateError(reason: "there is no chat to answer in") }
        return (view.event.chat, view.event.chatKind)
    }

    /// The chat with somebody, or a room.
    func chat(of target: Target) throws -> (id: ChatID, kind: ChatKind) {
        switch target {
        case .here: return try here()
        case .sender:
            guard let sender = view.sender else { throw TemplateError(reason: "there is no sender here") }
            return (ChatID(sender.rawValue), .private)
        case .chat(let reference): return (try contact(reference, .group, "room"), .group)
        case .user(let reference): return (try contact(reference, .private, "person"), .private)
        }
    }

    func contact(_ reference: Reference, _ kind: ChatKind, _ what: String) throws -> ChatID {
        let found = try view.state.contacts(called: reference.name, kind: kind)
        guard let contact = found.first else {
            throw TemplateError(reason: "no \(what) is called \(traced(reference.name))")
        }
        guard found.count == 1 else {
            throw TemplateError(
                reason: "more than one \(what) is called \(traced(reference.name)): use the id")
        }
        return ChatID(contact.id)
    }

    // MARK: Emitting

    /// Rules that answer each other's events come to an end here.
    private static let deepestEvent = 8

    func emit(_ name: String, _ data: [String: Value]) throws {
        var depth = 1
        if case .emitted(let cause) = view.event.body { depth = cause.depth + 1 }
        guard depth <= Self.deepestEvent else {
            throw TemplateError(
                reason: "\(Self.deepestEvent) events have led to one another: \(name) is one too many")
        }
        decision.emitted.append(EmittedEvent(name: name, data: data, depth: depth))
    }

    // MARK: Texts

    func template(of answer: Answer) throws -> Template {
        switch answer {
        case .template(let template): return template
        case .named(let text):
            guard text.choices.count > 1 else {
                guard let only = text.choices.first else { throw TemplateError(reason: "nothing to say") }
                return only
            }
            let last =
                try decision.picks[text.name] ?? view.state.lastPick(of: text.name, in: view.event.chat)
            let index = Pick.index(of: text.choices.count, for: view.event.id, list: text.name, last: last)
            decision.picks[text.name] = index
            return text.choices[index]
        }
    }
}

extension Act {
    /// What a trace calls its failure.
    var check: String {
        switch self {
        case .say, .note: "template"
        case .acceptFriend: "accept_friend"
        case .declineFriend: "decline_friend"
        case .forward: "forward"
        case .recall: "recall"
        case .invite: "invite"
        case .callWebhook: "http"
        case .call: "call"
        case .set: "set"
        case .add: "add"
        case .clear: "clear"
        case .tag(_, _, let isSet): isSet ? "tag" : "untag"
        case .emit: "emit"
        case .broadcast: "broadcast"
        }
    }
}
