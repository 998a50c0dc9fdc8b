import BotKit
package import Store

/// Takes rules through the history of an account and tells what would be different.
package struct Replay {
    /// Events read at a time.
    private static let page = 1024

    private let rules: RuleSet
    private let history: History
    private let rehearsal: Rehearsal
    /// How many differing events are kept to be shown.
    private let limit: Int
    private var report = ReplayReport()
    /// Events that runs have not ended of.
    private var open: [Int64: Open] = [:]

    private struct Open {
        let event: HistoricEvent
        var after: [Departure] = []
        var reasons: [String: String] = [:]
    }

    /// Compares what `rules` would do with what the record says was done.
    ///
    /// - Parameter limit: how many differing events are kept to be shown.
    package static func report(
        _ rules: RuleSet, through history: History, listing limit: Int
    ) throws -> ReplayReport {
        var replay = try Replay(rules, history, limit)
        try replay.run()
        return replay.report
    }

    private init(_ rules: RuleSet, _ history: History, _ limit: Int) throws {
        self.rules = rules
        self.history = history
        self.limit = limit
        let unknown = try Self.unknownVariables(rules, history)
        report.unknownVariables = unknown.count
        rehearsal = Rehearsal(
            rules: rules, history: history,
            state: try RehearsedState(history: history, unknown: unknown, mostRuns: rules.mostStartsAsked))
    }

    /// What a variable was before a rule changed it is not in the record. That the rule ran is.
    private static func unknownVariables(_ rules: RuleSet, _ history: History) throws -> Set<Variable> {
        let changed = rules.changedVariables
        if changed.isEmpty { return [] }
        var unknown: Set<Variable> = []
        try history.forEachRun(of: Set(changed.keys)) { rule, chat, sender in
            for (scope, name) in changed[rule] ?? [] {
                switch scope {
                case .chat: unknown.insert(Variable(owner: .chat(chat), name: name))
                case .sender: unknown.insert(Variable(owner: .sender(sender), name: name))
                case .bot: unknown.insert(Variable(owner: .bot, name: name))
                }
            }
        }
        return unknown
    }

    private mutating func run() throws {
        var last: Int64 = 0
        while true {
            let events = try history.events(after: last, limit: Self.page)
            guard let end = events.last else { break }
            last = end.number
            for event in events {
                try goOn(until: event.decided ?? event.received)
                try take(event)
            }
        }
        try goOn(until: history.present.now)
        for number in open.keys.sorted() { try close(number) }
        report.listed.sort { $0.number < $1.number }
        for chat in report.chats.keys {
            report.chatNames[chat] = try history.contact(chat.rawValue)?.shownName
        }
    }

    private mutating func goOn(until time: Timestamp) throws {
        while let outcome = try rehearsal.goOn(until: time) { try note(outcome) }
    }

    private mutating func take(_ event: HistoricEvent) throws {
        report.events += 1
        guard event.isReadable else {
            report.unreadable += 1
            return
        }
        open[event.number] = Open(event: event)
        let outcome = try rehearsal.take(event, explaining: report.listed.count < limit)
        if outcome.isCut { report.cut += 1 }
        open[event.number]?.reasons = outcome.reasons
        try note(outcome, event.number)
    }

    /// Takes note of what would leave, and compares what has come to its end.
    private mutating func note(_ outcome: Rehearsal.Outcome, _ number: Int64? = nil) throws {
        for (root, departure) in outcome.departures { open[root]?.after.append(departure) }
        for root in outcome.touched.union(number.map { [$0] } ?? []) where !rehearsal.isWaiting(for: root) {
            try close(root)
        }
    }

    /// Compares what left because of an event with what would.
    private mutating func close(_ number: Int64) throws {
        guard let open = open.removeValue(forKey: number) else { return }
        let event = open.event
        guard event.decided != nil else {
            report.undecided += 1
            return
        }
        let before = event.allDepartures
        if before.isEmpty, open.after.isEmpty { return }
        let comparison = Comparison(
            before: before, after: open.after, isOver: !rehearsal.isWaiting(for: number))
        report.add(comparison)
        if !comparison.differences.isEmpty { try list(event, comparison, open.reasons) }
    }

    private mutating func list(
        _ event: HistoricEvent, _ comparison: Comparison, _ reasons: [String: String]
    ) throws {
        report.differingEvents += 1
        guard report.listed.count < limit else { return }
        let ownRules = Set(event.departures.map(\.rule))
        let person = event.sender.rawValue
        report.listed.append(
            DifferingEvent(
                number: event.number, event: event.event, time: event.decided ?? event.received,
                chatName: try history.contact(event.event.chat.rawValue)?.shownName
                    ?? event.event.chat.rawValue,
                sender: person, senderName: try history.contact(person)?.shownName ?? person,
                differences: comparison.differences.map { difference in
                    var difference = difference
                    guard difference.kind == .gone else { return difference }
                    difference.reason =
                        reasons[difference.rule]
                        ?? (ownRules.contains(difference.rule)
                            ? "its steps do not say so" : "no rule emits what started it")
                    return difference
                }))
    }
}

extension HistoricEvent {
    /// What left because of it, and because of what rules said to one another about it.
    fileprivate var allDepartures: [Departure] {
        if emitted.isEmpty { return departures }
        return departures + emitted.sorted { $0.key < $1.key }.flatMap { $0.value.allDepartures }
    }
}

extension Contact {
    /// The owner's name for them, else their own; nil if they have none.
    fileprivate var shownName: String? { [remark, name].first { !$0.isEmpty } }
}
