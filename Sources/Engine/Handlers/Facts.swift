package import BotKit
import Store

/// What a handler is asked, and how often again.
package struct HandlerRequest: Sendable {
    package var invocation: Invocation
    /// How often it is asked again at most, if it says that this may help.
    package var retries: Int
}

/// What a handler is told of the event that it is about.
struct Facts {
    let trigger: PendingEvent
    let account: AccountID
    let now: Timestamp
    /// What variables of the bot are before anybody sets them.
    let startValues: [String: Value]

    init(of trigger: PendingEvent, account: AccountID, now: Timestamp, startValues: [String: Value]) {
        self.trigger = trigger
        self.account = account
        self.now = now
        self.startValues = startValues
    }

    func invocation(for call: PendingCall, of run: WaitingRun, _ state: any RuleState) throws -> Invocation {
        let event = trigger.event
        let person = event.person
        return Invocation(
            handler: call.handler, arguments: call.arguments, account: account.rawValue, event: facts,
            chat: event.chat == .none
                ? nil
                : ChatFacts(
                    id: event.chat.rawValue,
                    name: RuleRun.name(
                        of: trigger.chat ?? (event.chatKind == .private ? trigger.sender : nil),
                        id: event.chat.rawValue), kind: event.chatKind),
            sender: try person.map { try sender($0, state) },
            memory: MemorySnapshot(
                chat: event.chat == .none ? [:] : try state.variables(of: .chat(event.chat)),
                sender: try person.map { try state.variables(of: .sender($0)) } ?? [:],
                bot: startValues.merging(try state.variables(of: .bot)) { _, stored in stored }),
            answers: call.answers.isEmpty ? nil : call.answers, now: seconds(now),
            seed: Pick.seed(for: run.id), timeout: call.timeout)
    }

    private func sender(_ person: PersonID, _ state: any RuleState) throws -> SenderFacts {
        var name = RuleRun.name(of: trigger.sender, id: person.rawValue)
        if trigger.sender == nil, case .friendRequest(let request) = trigger.event.body, !request.name.isEmpty
        {
            name = request.name
        }
        return SenderFacts(
            id: person.rawValue, name: name, remark: trigger.sender?.remark ?? "",
            tags: try state.tags(of: person.rawValue), friend: trigger.sender?.isFriend ?? false)
    }

    private var facts: EventFacts {
        let event = trigger.event
        var facts = EventFacts(id: event.id.rawValue, kind: event.body.kind, time: seconds(event.time))
        switch event.body {
        case .message:
            let text = EventView.text(of: event)
            facts.text = text.isEmpty ? nil : text
        case .friendRequest(let request):
            facts.text = request.greeting
            facts.source = request.source
        case .webhook(let call):
            facts.name = call.path
            facts.data = Value(json: call.body) ?? .text(call.body)
        case .emitted(let emitted):
            facts.name = emitted.name
            facts.data = .map(emitted.data)
        case .group(let change):
            facts.name = change.kind.rawValue
            facts.text = change.name.isEmpty ? nil : change.name
        case .bot(let moment): facts.name = moment.rawValue
        case .recall, .friendAdded, .friendLost, .scheduled, .wake: break
        }
        return facts
    }

    private func seconds(_ time: Timestamp) -> Double { Double(time.microseconds) / 1_000_000 }
}
