import BotKit
import Foundation

/// The decision about one event, while it is made: what has come together so far, and what it makes of the state.
final class RuleRun {
    let view: EventView
    var decision = Decision()
    /// The rule that is running.
    private(set) var rule: Rule?
    private var groups: [String: String] = [:]
    private var saved: [String: Value] = [:]
    private var failure: (step: String, reason: String)?
    /// What this decision has done to variables and tags: the state shows it only afterwards.
    private var variables: [Variable: Value] = [:]
    private var tags: [String: [String]] = [:]
    /// Start values of variables.
    private let startValues: [String: Value]

    init(view: EventView, startValues: [String: Value]) {
        self.view = view
        self.startValues = startValues
    }

    /// Takes the steps of a rule that fired.
    func perform(_ program: Program, of rule: Rule, groups: [String: String]) throws {
        begin(rule, groups: groups)
        var loops: [(loop: Int, rest: [Value], name: String?)] = []
        var place = 0
        while place < program.instructions.count {
            switch program.instructions[place] {
            case .act(let step):
                do {
                    let result = try perform(step)
                    if let name = step.saveAs { saved[name] = result }
                    place += 1
                } catch let error as TemplateError {
                    trace(step.act.check, error.reason, .error)
                    guard let handler = step.onError, failure == nil else { return }
                    failure = (step.label, error.reason)
                    place = handler
                }
            case .unless(let conditions, let other):
                place = try holds(conditions) ? place + 1 : other
            case .go(let other): place = other
            case .loop(let loop, let exit):
                let rounds: [Value]
                do {
                    rounds = try self.rounds(of: loop)
                } catch let error as TemplateError {
                    trace("repeat", error.reason, .error)
                    return
                }
                guard let first = rounds.first else {
                    place = exit
                    continue
                }
                var name: String?
                if case .each(_, let item) = loop.source { name = item }
                if let name { saved[name] = first }
                loops.append((place, Array(rounds.dropFirst()), name))
                place += 1
            case .again(let start):
                guard var current = loops.popLast(), current.loop == start else { return }
                if current.rest.isEmpty {
                    place += 1
                } else {
                    let next = current.rest.removeFirst()
                    if let name = current.name { saved[name] = next }
                    loops.append(current)
                    place = start + 1
                }
            case .stop(let reason):
                let text = try? reason?.fill(self)
                trace("stop", text ?? "", .yes)
                return
            }
        }
    }

    /// Turns to another rule.
    func prepare(_ rule: Rule, groups: [String: String]) {
        self.rule = rule
        self.groups = groups
        saved = [:]
        failure = nil
    }

    private func begin(_ rule: Rule, groups: [String: String]) {
        prepare(rule, groups: groups)
        guard rule.terms.isRemembered else { return }
        decision.changes.append(.started(rule: rule.id, sender: view.sender ?? ""))
    }

    private func holds(_ conditions: [Condition]) throws -> Bool {
        for condition in conditions {
            do {
                let result = try condition.check(self)
                trace("if " + result.check, result.seen, result.holds ? .yes : .no)
                if !result.holds { return false }
            } catch let error as TemplateError {
                trace("if", error.reason, .error)
                return false
            }
        }
        return true
    }

    private func rounds(of loop: Loop) throws -> [Value] {
        switch loop.source {
        case .times(let count): return [Value](repeating: .missing, count: min(count, Loop.maximumRounds))
        case .each(let template, _):
            switch try template.value(self) {
            case .list(let items): return Array(items.prefix(Loop.maximumRounds))
            case .missing: return []
            case let other: throw TemplateError(reason: "for_each needs a list, and this is \(other.traced)")
            }
        }
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

    private func value(of variable: Variable) throws -> Value? {
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
        if let value = saved[name] { return value }
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
        case .match(let group): groups[group].map(Value.text) ?? .missing
        case .variable(let name, let path): try variable(name)[path]
        case .saved(let name, let path): saved[name]?[path] ?? .missing
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
        case .errorStep: return text(failure?.step)
        case .errorReason: return text(failure?.reason)
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
