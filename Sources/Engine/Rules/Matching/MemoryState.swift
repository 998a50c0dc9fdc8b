package import BotKit
package import Store

/// What rules remember, in memory: for tests that a rules file brings along, and for questions of the kind "what if".
package final class MemoryState: RuleState {
    package var identity: PersonID?
    package var contacts: [Contact] = []
    /// Whether whoever is asked for by name exists.
    package var inventsContacts = false
    package var tags: [String: Set<String>] = [:]
    private var friendSources: [PersonID: String] = [:]
    package var picks: [ChatID: [String: Int]] = [:]
    private var variables: [Variable: (value: Value, expires: Timestamp?)] = [:]
    private var runs: [String: [Run]] = [:]
    private var broadcasts: Set<String> = []
    private var messages: [ChatID: [Timestamp]] = [:]
    /// Runs that have not ended.
    private(set) var open = OpenRuns()
    /// Those whose turn has come.
    private(set) var turns: [WaitingRun] = []
    package var now: Timestamp

    private struct Run {
        let time: Timestamp
        let chat: ChatID
        let sender: PersonID
    }

    package init(now: Timestamp) { self.now = now }

    /// Takes over what a decision about an event has changed.
    package func apply(_ decision: Decision, of event: Event) {
        for change in decision.runs { apply(change, of: event) }
        for case .broadcast(let order) in decision.actions { broadcasts.insert(order.key) }
        if case .message(let message) = event.body, !message.isOwn {
            messages[event.chat, default: []].append(now)
        }
        if case .friendRequest(let request) = event.body { friendSources[request.person] = request.source }
        picks[event.chat, default: [:]].merge(decision.picks) { $1 }
        for change in decision.changes {
            switch change {
            case .started(let rule, let sender):
                runs[rule, default: []].append(Run(time: now, chat: event.chat, sender: sender))
            case .set(let variable, let value, let lifetime):
                variables[variable] = (value, lifetime.map { now + $0 })
            case .clear(let variable): variables[variable] = nil
            case .tag(let tag, let id, true): tags[id, default: []].insert(tag)
            case .tag(let tag, let id, false): tags[id]?.remove(tag)
            }
        }
    }

    /// Gives a variable a value from the start.
    package func set(_ variable: Variable, to value: Value) { variables[variable] = (value, nil) }

    package func starts(
        of rule: String, in scope: StoredState.RunScope, since: Timestamp, limit: Int
    ) -> [Timestamp] {
        let found = (runs[rule] ?? []).reversed().lazy.filter { run in
            guard run.time >= since else { return false }
            return switch scope {
            case .chat(let chat): run.chat == chat
            case .sender(let sender): run.sender == sender
            case .account: true
            }
        }
        return found.prefix(limit).map(\.time)
    }

    package func messages(in chat: ChatID, since: Timestamp, limit: Int) -> Int {
        // The one that is being decided counts too.
        min(limit, (messages[chat] ?? []).reversed().prefix { $0 >= since }.count + 1)
    }

    package func value(of variable: Variable) -> Value? {
        guard let (value, expires) = variables[variable] else { return nil }
        if let expires, expires <= now { return nil }
        return value
    }

    package func variables(of owner: Variable.Owner) -> [String: Value] {
        let found = variables.keys.filter { $0.owner == owner }.compactMap { variable in
            value(of: variable).map { (variable.name, $0) }
        }
        return Dictionary(found, uniquingKeysWith: { first, _ in first })
    }

    package func tags(of id: String) -> [String] { (tags[id] ?? []).sorted() }
    package func lastPick(of list: String, in chat: ChatID) -> Int? { picks[chat]?[list] }
    package func me() -> PersonID? { identity }
    package func contact(_ id: String) -> Contact? { contacts.first { $0.id == id } }

    package func contacts(called name: String, kind: ChatKind) -> [Contact] {
        let some = contacts.filter { $0.kind == kind }
        for test in [{ $0.id == name }, { $0.remark == name }, { $0.name == name }] as [(Contact) -> Bool] {
            let found = some.filter(test)
            if !found.isEmpty { return found }
        }
        return inventsContacts ? [Contact(id: name, kind: kind, name: name, isFriend: true)] : []
    }

    private func apply(_ change: RunChange, of event: Event) {
        let turn = open.apply(
            change,
            trigger: PendingEvent(
                number: 0, event: event, sender: event.person.flatMap { contact($0.rawValue) },
                chat: contact(event.chat.rawValue)))
        if let turn { turns.append(turn) }
    }

    /// Takes one away whose turn has come.
    package func nextTurn() -> WaitingRun? { turns.isEmpty ? nil : turns.removeFirst() }

    package func waitingRuns(of rule: String, key: String, limit: Int) -> [WaitingRun] {
        open.runs(of: rule, key: key, limit: limit)
    }
    package func question(in chat: ChatID, of person: PersonID) -> WaitingRun? {
        open.question(in: chat, of: person)
    }
    package func waitingRun(_ id: String) -> WaitingRun? { open[id]?.run }
    package func trigger(of run: WaitingRun) -> PendingEvent? { open[run.id]?.trigger }

    package func friendSource(of person: PersonID) -> String? { friendSources[person] }
    package func hasBroadcast(_ key: String) -> Bool { broadcasts.contains(key) }
    package func lastSent(in chat: ChatID) -> SentMessage? { nil }
}
