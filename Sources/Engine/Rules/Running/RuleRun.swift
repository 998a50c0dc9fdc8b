import BotKit
import Foundation

/// The decision about one event, while it is made: what has come together so far, and what it makes of the state.
final class RuleRun {
    let view: EventView
    var decision = Decision()
    /// The rule that is running.
    private(set) var rule: Rule?
    /// Where it is, and what it remembers.
    var place = RunPlace(isOtherwise: false, groups: [:])
    /// When it began.
    var began: Timestamp
    /// How many steps may still be taken for this event.
    var budget = RuleRun.mostSteps
    /// How often it has waited.
    var turn = 0
    /// Whether the store knows of it.
    var isStored = false
    /// What this decision has done to variables and tags: the state shows it only afterwards.
    private var variables: [Variable: Value] = [:]
    private var tags: [String: [String]] = [:]
    /// Start values of variables.
    private let startValues: [String: Value]

    /// The files that rules send; nil where nothing is sent.
    let media: [RuleMedia: Content]?

    init(view: EventView, startValues: [String: Value], media: [RuleMedia: Content]?) {
        self.media = media
        self.view = view
        self.startValues = startValues
        began = view.circumstances.now
    }

    /// Turns to another rule.
    func prepare(_ rule: Rule, _ place: RunPlace) {
        self.rule = rule
        self.place = place
        began = view.circumstances.now
        turn = 0
        isStored = false
    }

    /// Turns to a rule that fires.
    func begin(_ rule: Rule, _ place: RunPlace) {
        prepare(rule, place)
        guard rule.terms.isRemembered else { return }
        decision.changes.append(.started(rule: rule.id, sender: view.sender ?? ""))
    }

    func trace(_ check: String, _ seen: String, _ verdict: TraceLine.Verdict) {
        decision.trace.append(
            TraceLine(rule: rule?.id ?? "", check: check, seen: traced(seen), verdict: verdict))
    }

    /// Notes a change, so that what comes after sees it.
    func change(_ change: StateChange) throws {
        decision.changes.append(change)
        switch change {
        case .set(let variable, let value, _): variables[variable] = value
        case .clear(let variable): variables[variable] = .missing
        case .tag(let tag, let id, let isSet):
            var now = try tags(of: id).filter { $0 != tag }
            if isSet { now.append(tag) }
            tags[id] = now.sorted()
        case .started: break
        }
    }

    func tags(of id: String) throws -> [String] { try tags[id] ?? view.state.tags(of: id) }

    func value(of variable: Variable) throws -> Value? {
        if let value = variables[variable] { return value == .missing ? nil : value }
        return try view.state.value(of: variable)
    }

    /// The value of somebody's own variable, or what it is before anybody sets it.
    func current(_ variable: Variable) throws -> Value {
        try value(of: variable) ?? startValues[variable.name] ?? .missing
    }

    /// What a name means: something saved in this run, else the chat's variable, the sender's, the bot's, or the start
    /// value in the file.
    func variable(_ name: String) throws -> Value {
        if let value = place.saved[name] { return value }
        for scope in VariableScope.allCases {
            if let variable = self.variable(scope, name), let value = try value(of: variable) { return value }
        }
        return startValues[name] ?? .missing
    }

    /// Nil where there is nobody whose it could be.
    func variable(_ scope: VariableScope, _ name: String) -> Variable? {
        switch scope {
        case .chat: view.event.chat == .none ? nil : Variable(owner: .chat(view.event.chat), name: name)
        case .sender: view.sender.map { Variable(owner: .sender($0), name: name) }
        case .bot: Variable(owner: .bot, name: name)
        }
    }
}

extension RuleRun: ValueSource {
    func value(of name: ValueName) throws -> Value {
        switch name {
        case .plain(let name): try value(of: name)
        case .match(let group): place.groups[group].map(Value.text) ?? .missing
        case .variable(let name, let path): try variable(name)[path]
        case .saved(let name, let path): place.saved[name]?[path] ?? .missing
        case .data(.webhook, let path):
            if case .webhook(let call) = view.event.body {
                (Value(json: call.body) ?? .missing)[path]
            } else {
                .missing
            }
        case .data(.event, let path):
            if case .emitted(let emitted) = view.event.body {
                Value.map(emitted.data)[path]
            } else {
                .missing
            }
        }
    }

    private func value(of name: ValueName.Plain) throws -> Value {
        let event = view.event
        let sender = view.circumstances.sender
        switch name {
        case .senderID: return text(view.sender?.rawValue)
        case .senderName: return text(senderName)
        case .senderRemark: return view.sender == nil ? .missing : .text(sender?.remark ?? "")
        case .senderFriend: return view.sender == nil ? .missing : .flag(sender?.isFriend ?? false)
        case .senderTags:
            return try view.sender.map { .list(try tags(of: $0.rawValue).map(Value.text)) } ?? .missing
        case .chatID: return event.chat == .none ? .missing : .text(event.chat.rawValue)
        case .chatName:
            return event.chat == .none
                ? .missing : .text(Self.name(of: view.circumstances.chat, id: event.chat.rawValue))
        case .chatKind: return .text(event.chatKind.rawValue)
        case .messageID: return view.message == nil ? .missing : .text(event.id.rawValue)
        case .messageText: return view.message == nil ? .missing : .text(view.text)
        case .messageKind: return text(view.message?.content.kind)
        case .messageTime: return view.message == nil ? .missing : .time(event.time)
        case .scheduleTime:
            if case .scheduled(let scheduled) = event.body { return .time(scheduled.time) }
            return .missing
        case .webhookPath: return text(call?.path)
        case .webhookMethod: return text(call?.method)
        case .webhookBody: return text(call?.body)
        case .eventName:
            if case .emitted(let emitted) = event.body { return .text(emitted.name) }
            return .missing
        case .errorStep: return text(place.failure?.step)
        case .errorReason: return text(place.failure?.reason)
        // Those are there while a broadcast is written, and that is later.
        case .recipientID, .recipientName, .recipientRemark, .recipientTags: return .missing
        case .now, .today: return .time(view.circumstances.now)
        }
    }

    private func text(_ text: String?) -> Value { text.map(Value.text) ?? .missing }

    private var call: WebhookCall? {
        if case .webhook(let call) = view.event.body { call } else { nil }
    }

    private var senderName: String? {
        guard let id = view.sender?.rawValue else { return nil }
        if view.circumstances.sender == nil, case .friendRequest(let request) = view.event.body,
            !request.name.isEmpty
        {
            return request.name
        }
        return Self.name(of: view.circumstances.sender, id: id)
    }

    /// The owner's name for them, else their own, else their id.
    static func name(of contact: Contact?, id: String) -> String {
        [contact?.remark, contact?.name].compactMap { $0 }.first { !$0.isEmpty } ?? id
    }
}
