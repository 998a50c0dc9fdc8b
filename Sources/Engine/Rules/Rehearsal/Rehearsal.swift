import BotKit
import Store

/// Rules that go through what has happened to one account, event by event, on a clock that goes with the record. What they
/// would do is only told; what they remember is their own.
final class Rehearsal {
    /// What came of a moment of the record, and of what rules have said to one another about it.
    struct Outcome {
        /// By the event of the record that they go back to: its place in the journal.
        var departures: [(root: Int64, departure: Departure)] = []
        /// By rule, why it did not do what the record says it did.
        var reasons: [String: String] = [:]
        /// Whether rules went on emitting events for so long that the rest was left out.
        var isCut = false
        /// Events of which runs may have ended.
        var touched: Set<Int64> = []
    }

    /// Events that rules may emit about one event, and about one another, before it is enough.
    private static let mostEmitted = 1000

    private let rules: RuleSet
    private let account: AccountID
    private let history: History
    private let state: RehearsedState

    init(rules: RuleSet, history: History, state: RehearsedState) {
        self.rules = rules
        account = history.account
        self.history = history
        self.state = state
    }

    /// Moves the clock. Something that was decided beside others may be a little behind them.
    private func move(to now: Timestamp) { state.now = now }

    /// Whether runs that go back to an event have not ended.
    func isWaiting(for root: Int64) -> Bool { state.waits.areOpen(for: root) }

    /// What the rules make of an event of the record.
    ///
    /// - Parameter explaining: whether reasons are wanted, which are slow to find.
    func take(_ event: HistoricEvent, explaining: Bool) throws -> Outcome {
        state.event = event
        var outcome = Outcome()
        try take(event.event, event, root: event.number, explaining: explaining, &outcome)
        return outcome
    }

    /// What runs do that have waited until then. Called again until there is nothing more.
    func goOn(until time: Timestamp) throws -> Outcome? {
        guard let (time, wake) = state.waits.next(until: time) else { return nil }
        var outcome = Outcome()
        guard let run = state.waits.open[wake.run], run.run.turn == wake.turn,
            let root = state.waits.root(of: wake.run)
        else { return outcome }
        move(to: max(state.now, time))
        let trigger = run.trigger.event
        let event = Event(
            id: EventID("rehearsed:\(wake.run):\(wake.turn)"), chat: trigger.chat,
            chatKind: trigger.chatKind, time: time, body: .wake(wake))
        try take(event, nil, root: root, explaining: false, &outcome)
        return outcome
    }

    private func take(
        _ first: Event, _ record: HistoricEvent?, root: Int64, explaining: Bool, _ outcome: inout Outcome
    ) throws {
        // Each with what it was in the record, if it was.
        var waiting: [(event: Event, record: HistoricEvent?)] = [(first, record)]
        var next = 0
        while next < waiting.count {
            let (cause, record) = waiting[next]
            next += 1
            if let record { move(to: record.decided ?? record.received) }
            let decision = try decide(cause, beside: record, explaining: explaining, &outcome)
            // An answer goes back to what had the question asked.
            let root = decision.origin == nil ? root : state.waits.root(of: decision) ?? root
            outcome.touched.insert(root)
            for action in decision.actions {
                guard case .perform(let effect, let chat, let rule, let terms) = action else { continue }
                if try state.take(terms.key) {
                    outcome.departures.append((root, Departure(effect, in: chat, rule: rule)))
                } else {
                    outcome.reasons[rule] = "something has left under the key \(terms.key)"
                }
            }
            for id in decision.runs.map(\.run) { outcome.touched.insert(state.waits.root(of: id) ?? root) }
            try state.waits.apply(
                decision, root: root, now: state.now,
                trigger: PendingEvent(
                    number: record?.number ?? 0, event: cause,
                    sender: try? history.contact(cause.person?.rawValue ?? ""),
                    chat: try? history.contact(cause.chat.rawValue)))
            try state.apply(decision, of: cause)
            for (index, emitted) in decision.emitted.enumerated() {
                guard waiting.count <= Self.mostEmitted else {
                    outcome.isCut = true
                    break
                }
                waiting.append(self.event(emitted, index, of: cause, record))
            }
        }
    }

    /// What a rule has emitted, as the event that the journal makes of it. Chance is drawn from its id, so that is the
    /// record's if the cause is in the record.
    private func event(
        _ emitted: EmittedEvent, _ index: Int, of cause: Event, _ record: HistoricEvent?
    ) -> (event: Event, record: HistoricEvent?) {
        let causeID = record.map { "emitted:\($0.number)" } ?? cause.id.rawValue
        let event = Event(
            id: EventID("\(causeID):\(index)"), chat: cause.chat, chatKind: cause.chatKind,
            time: state.now,
            body: .emitted(emitted))
        return (event, record?.emitted[index])
    }

    // MARK: One decision

    private func decide(
        _ event: Event, beside record: HistoricEvent?, explaining: Bool, _ outcome: inout Outcome
    ) throws -> Decision {
        let circumstances = Circumstances(
            account: account, sender: try history.contact(record?.sender.rawValue ?? ""),
            chat: try history.contact(event.chat.rawValue), now: state.now)
        func decide(_ tracing: RuleSet.Tracing) throws -> Decision {
            try rules.decide(event, in: circumstances, state, tracing: tracing)
        }
        state.guessedPick = nil
        state.hasGuessed = false
        var decision = try decide(.fired)
        guard let record else { return decision }
        if state.hasGuessed { decision = try bestGuess(decision, beside: record) { try decide(.fired) } }
        if explaining {
            let missing = Set(record.departures.map(\.rule)).subtracting(decision.actions.map(\.rule))
            if !missing.isEmpty {
                let trace = try decide(.everything)
                for rule in missing { outcome.reasons[rule] = reason(rule, trace) }
            }
        }
        return decision
    }

    /// What is taken in turn for the last choice of a list: none, and the first of them. Enough for a choice of so many
    /// texts, of which a last one rules out one only.
    private static let guesses: [Int] = [.max] + Array(0..<32)

    /// Which of several texts a chat had got before the period is not in the record. What fits the record best is taken
    /// for it.
    private func bestGuess(
        _ first: Decision, beside record: HistoricEvent, _ decide: () throws -> Decision
    ) throws -> Decision {
        func fit(_ decision: Decision) -> Int {
            Comparison(before: record.departures, after: decision.actions.compactMap(Departure.init)).same
                .count
        }
        var best = (decision: first, fit: fit(first))
        for guess in Self.guesses where best.fit < record.departures.count {
            state.guessedPick = guess
            let decision = try decide()
            let fit = fit(decision)
            if fit > best.fit { best = (decision, fit) }
        }
        return best.decision
    }

    private func reason(_ rule: String, _ decision: Decision) -> String {
        guard rules.rules.contains(where: { $0.id == rule }) else { return "there is no such rule" }
        let lines = decision.trace.filter { $0.rule == rule }
        if let line = lines.last(where: { $0.verdict != .yes }) { return "\(line.check): \(line.seen)" }
        if let line = lines.last(where: { $0.check == "stop" }) { return "stop: \(line.seen)" }
        if lines.isEmpty, let first = decision.firedRules.last { return "\(first) answers before it" }
        return lines.isEmpty ? "nothing starts it" : "its steps do not say so"
    }
}

extension RunChange {
    fileprivate var run: String {
        switch self {
        case .waits(let run): run.id
        case .ends(let id): id
        }
    }
}

extension RehearsedWaits {
    /// What a decision goes back to that goes on with a run.
    fileprivate func root(of decision: Decision) -> Int64? {
        decision.runs.lazy.compactMap { root(of: $0.run) }.first
    }
}

extension Action {
    fileprivate var rule: String {
        switch self {
        case .perform(_, _, let rule, _): rule
        case .broadcast(let order): order.rule
        }
    }
}

extension Departure {
    /// Nil for what leaves through a broadcast: that is not compared.
    fileprivate init?(_ action: Action) {
        guard case .perform(let effect, let chat, let rule, _) = action else { return nil }
        self.init(effect, in: chat, rule: rule)
    }
}
