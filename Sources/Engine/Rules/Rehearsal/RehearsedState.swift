package import BotKit
package import Store

/// What rules remember while they go through a past once more: at first what the record says of that time, then what they
/// change themselves. Nothing of it is ever stored.
///
/// It grows with the people, chats and variables that the rules meet, not with the events.
package final class RehearsedState: RuleState {
    /// The clock of what is being decided.
    package internal(set) var now: Timestamp
    /// The event that is being decided, or that led to it.
    var event: HistoricEvent?
    /// Runs that wait.
    var waits: RehearsedWaits
    private let history: History
    private let identity: PersonID?
    /// Variables that rules have changed in the period: nobody knows what they were before it.
    private let unknown: Set<Variable>
    private var variables: [Variable: (value: Value, expires: Timestamp?)?] = [:]
    private var tags: [String: [String]] = [:]
    private var runs: [RunPlace: [Timestamp]] = [:]
    private let mostRuns: Int
    private var keys: Set<String> = []
    private var broadcasts: Set<String> = []
    private var picks: [PickPlace: Int] = [:]
    /// What is taken for the last choice of a list of texts in a chat where none is known; nil for the latest of all.
    var guessedPick: Int?
    /// Whether such a guess was asked for.
    var hasGuessed = false

    private struct RunPlace: Hashable {
        let rule: String
        let scope: StoredState.RunScope
    }

    private struct PickPlace: Hashable {
        let list: String
        let chat: ChatID
    }

    /// - Parameters:
    ///   - unknown: variables that start as if nobody had ever set them.
    ///   - mostRuns: how many of a rule's latest starts are ever asked for.
    init(history: History, unknown: Set<Variable>, mostRuns: Int) throws {
        identity = try history.present.me()
        self.history = history
        waits = RehearsedWaits(history: history)
        self.unknown = unknown
        self.mostRuns = mostRuns
        now = history.present.now
    }

    /// Takes over what a decision about an event has changed.
    func apply(_ decision: Decision, of event: Event) throws {
        for (list, index) in decision.picks { picks[PickPlace(list: list, chat: event.chat)] = index }
        for case .broadcast(let order) in decision.actions { broadcasts.insert(order.key) }
        for change in decision.changes {
            switch change {
            case .started(let rule, let sender):
                for scope in [.chat(event.chat), .sender(sender), .account] as [StoredState.RunScope] {
                    note(RunPlace(rule: rule, scope: scope))
                }
            case .set(let variable, let value, let lifetime):
                variables[variable] = .some((value, lifetime.map { now + $0 }))
            case .clear(let variable): variables[variable] = .some(nil)
            case .tag(let tag, let id, let isSet):
                var changed = try self.tags(of: id).filter { $0 != tag }
                if isSet { changed.append(tag) }
                tags[id] = changed.sorted()
            }
        }
    }

    private func note(_ place: RunPlace) {
        var times = runs.removeValue(forKey: place) ?? []
        // Chats are decided beside each other, so a clock may be a little behind that of the event before.
        let index = times.lastIndex { $0 <= now }.map { $0 + 1 } ?? 0
        times.insert(now, at: index)
        if times.count >= 2 * mostRuns { times.removeFirst(times.count - mostRuns) }
        runs[place] = times
    }

    /// Whether something may leave under a key: nothing has yet.
    func take(_ key: String) throws -> Bool {
        if key.isEmpty { return true }
        guard try !history.wasUsed(key) else { return false }
        return keys.insert(key).inserted
    }

    // MARK: RuleState

    package func starts(
        of rule: String, in scope: StoredState.RunScope, since: Timestamp, limit: Int
    ) throws -> [Timestamp] {
        let own = (runs[RunPlace(rule: rule, scope: scope)] ?? []).reversed().prefix { $0 >= since }
            .prefix(limit)
        guard own.count < limit else { return Array(own) }
        return try Array(own)
            + history.starts(of: rule, in: scope, since: since, limit: limit - own.count)
    }

    package func messages(in chat: ChatID, since: Timestamp, limit: Int) throws -> Int {
        guard let event else { return 0 }
        return try history.messages(in: chat, since: since, upTo: event, limit: limit)
    }

    package func value(of variable: Variable) throws -> Value? {
        let found: (value: Value, expires: Timestamp?)?
        if let known = variables[variable] {
            found = known
        } else {
            found = unknown.contains(variable) ? nil : try history.value(of: variable)
            variables[variable] = .some(found)
        }
        guard let found else { return nil }
        if let expires = found.expires, expires <= now { return nil }
        return found.value
    }

    package func tags(of id: String) throws -> [String] {
        if let known = tags[id] { return known }
        let found = try history.present.tags(of: id)
        tags[id] = found
        return found
    }

    package func lastPick(of list: String, in chat: ChatID) throws -> Int? {
        if let pick = picks[PickPlace(list: list, chat: chat)] { return pick }
        hasGuessed = true
        return try guessedPick ?? history.present.lastPick(of: list, in: chat)
    }

    package func me() -> PersonID? { identity }
    package func contact(_ id: String) throws -> Contact? { try history.contact(id) }

    package func contacts(called name: String, kind: ChatKind) throws -> [Contact] {
        try history.present.contacts(called: name, kind: kind)
    }

    package func friendSource(of person: PersonID) throws -> String? {
        try history.present.friendSource(of: person)
    }

    /// Of what went out before the period, nothing is known.
    package func hasBroadcast(_ key: String) -> Bool { broadcasts.contains(key) }

    package func lastSent(in chat: ChatID) throws -> SentMessage? {
        try history.lastSent(in: chat, at: now)
    }

    package func variables(of owner: Variable.Owner) -> [String: Value] { [:] }
    package func waitingRuns(of rule: String, key: String, limit: Int) -> [WaitingRun] {
        waits.open.runs(of: rule, key: key, limit: limit)
    }
    package func question(in chat: ChatID, of person: PersonID) -> WaitingRun? {
        waits.open.question(in: chat, of: person)
    }
    package func waitingRun(_ id: String) -> WaitingRun? { waits.open[id]?.run }
    package func trigger(of run: WaitingRun) -> PendingEvent? { waits.open[run.id]?.trigger }
}
