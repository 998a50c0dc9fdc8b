package import BotKit
import DurableSQLite
import GRDB

extension Store {
    /// What a round of decisions brought about.
    package struct Decided: Hashable, Sendable {
        /// Rows that were put into the outbox.
        package var outgoing = 0
        /// Events that were put into the journal.
        package var journaled = 0
        /// What rules have to say to the bot's owner.
        package var notes: [Note] = []
        /// Calls of handlers that have begun to be waited for.
        package var calls: [WaitingCall] = []
        /// Runs that now wait for something else than a handler, or for nothing any more.
        package var othersOfRuns: [String] = []
        /// Events that are left for later: their chats wait for what a handler says.
        package var left: [PendingEvent] = []
        /// Whether timers were set or taken away.
        package var timersChanged = false
        /// Whether broadcasts have begun.
        package var hasBroadcasts = false
    }

    /// Decides events, and commits what follows from them with their done marks: all of it, or nothing.
    ///
    /// Deciding is part of the transaction, so each decision sees what all before it have changed, in whatever chat. An
    /// event that somebody else has decided meanwhile is left alone. After one that calls a handler, the others of its chat
    /// are left for later: what comes next in a chat waits for what the handler says.
    ///
    /// If nothing follows from an event but that a handler is called, that is not written down: the event stays undecided
    /// until the handler's answer comes, or until it has taken long.
    ///
    /// - Parameters:
    ///   - answers: what handlers say that runs wait for: each becomes an event, and is decided after the others.
    ///   - slow: decisions that were not written down, and now are.
    ///   - lifetime: how long an answer that could not leave stays worth sending, unless its decision says so.
    ///   - decide: must give the same at each try and do nothing else: it may be asked again.
    package func decide(
        _ events: [PendingEvent], answers: [CallAnswer] = [], slow: [FirstCall] = [], of account: AccountID,
        lifetime: Duration, now: Timestamp,
        by decide: @escaping @Sendable (PendingEvent, StoredState) throws -> Decision
    ) async throws -> Decided {
        try await database.write { db in
            let state = StoredState(account, in: db, now: now)
            var commit = try Commit(
                state, lifetime: lifetime, outgoing: try Self.nextOutgoing(of: account, in: db))
            for call in slow { try commit.write(call) }
            for pending in events where !commit.putsOff(pending) {
                state.event = pending
                try commit.take(try decide(pending, state), of: pending)
            }
            for answer in answers { try commit.take(answer, by: decide) }
            return try commit.finish()
        }
    }
}

/// Writes decisions, one after the other, within a transaction.
private struct Commit {
    private let state: StoredState
    private let lifetime: Duration
    private let firstOutgoing: Int64
    private var nextOutgoing: Int64
    private var journal: JournalEnd
    private var notes: [Note] = []
    private var timersChanged = false
    private var hasBroadcasts = false
    private var calls: [String: WaitingCall?] = [:]
    /// Chats in which a handler is to be called. What happens nowhere has no order.
    private var callingChats: Set<ChatID> = []
    private var left: [PendingEvent] = []

    private var db: Database { state.db }
    private var account: AccountID { state.account }
    private var now: Timestamp { state.now }

    init(_ state: StoredState, lifetime: Duration, outgoing: Int64) throws {
        journal = try JournalEnd(of: state.account, in: state.db)
        self.state = state
        self.lifetime = lifetime
        firstOutgoing = outgoing
        nextOutgoing = outgoing
    }

    /// Whether an event is left for later.
    mutating func putsOff(_ pending: PendingEvent) -> Bool {
        guard callingChats.contains(pending.event.chat) else { return false }
        left.append(pending)
        return true
    }

    /// Takes an answer into the journal, with what follows from it; unless its run waits for that no more.
    mutating func take(
        _ answer: CallAnswer, by decide: (PendingEvent, StoredState) throws -> Decision
    ) throws {
        let call = answer.call
        if let first = call.first, try mark(first.trigger, first.decision, at: first.time) {
            state.firstCall = first
        }
        defer { state.firstCall = nil }
        guard let run = try state.waitingRun(call.run) else { return calls[call.run] = .some(nil) }
        guard run.turn == call.turn,
            let event = try state.firstCall.map({ first in
                let place = first.trigger.event
                return run.waking(answer.outcome, in: place.chat, place.chatKind, now: now)
            }) ?? run.waking(answer.outcome, of: account, now: now, in: db)
        else { return }
        try answer.quarantine?.save(in: db)
        let pending = PendingEvent(number: journal.next, event: event)
        state.event = pending
        let decision = try decide(pending, state)
        guard try journal.append(event, now: now, decided: decision.trace) != nil else { return }
        try follow(decision, from: pending)
    }

    /// Writes down what was decided of an event, unless it is nothing yet but a call.
    mutating func take(_ decision: Decision, of pending: PendingEvent) throws {
        if let first = FirstCall(decision, of: pending, at: now) {
            let (run, chat) = (first.run, pending.event.chat)
            calls[run.id] = WaitingCall(run: run.id, turn: run.turn, chat: chat, first: first)
            callingChats.insert(chat)
        } else if try mark(pending, decision, at: now) {
            try follow(decision, from: pending)
        }
    }

    /// Writes down a decision that was not.
    mutating func write(_ call: FirstCall) throws {
        guard try mark(call.trigger, call.decision, at: call.time) else { return }
        try follow(call.decision, from: call.trigger)
        // It is being made already.
        calls.removeValue(forKey: call.run.id)
    }

    /// Marks an event as decided.
    ///
    /// - Returns: false if somebody else has decided it meanwhile.
    private func mark(_ pending: PendingEvent, _ decision: Decision, at time: Timestamp) throws -> Bool {
        try db.run(
            """
            UPDATE event SET decided = ?, trace = ? WHERE account = ? AND number = ? AND decided IS NULL
            """, time.microseconds, decision.trace.text, account.rawValue, pending.number)
        return db.changesCount > 0
    }

    private mutating func follow(_ decision: Decision, from pending: PendingEvent) throws {
        for (name, index) in decision.picks {
            try db.run(
                "INSERT OR REPLACE INTO pick (account, chat, name, picked) VALUES (?, ?, ?, ?)",
                account.rawValue, pending.event.chat.rawValue, name, index)
        }
        for change in decision.changes { try state.apply(change) }
        let origin = decision.origin ?? pending.number
        let rows = try decision.actions.map { try enqueue($0, from: pending.event, origin: origin) }
        for change in decision.runs { try take(change, of: pending, origin: origin, rows) }
        for (index, emitted) in decision.emitted.enumerated() { try append(emitted, index, from: pending) }
        notes += decision.notes
        for note in decision.notes where note.isAlert {
            try Store.record(.alert, "\(note.rule): \(note.text)", of: account, now: now, in: db)
        }
    }

    /// Writes what all decisions had in common.
    func finish() throws -> Store.Decided {
        try journal.save()
        try Store.take(firstOutgoing..<nextOutgoing, of: account, in: db)
        return Store.Decided(
            outgoing: Int(nextOutgoing - firstOutgoing), journaled: journal.count,
            notes: notes, calls: calls.values.compactMap { $0 },
            othersOfRuns: calls.filter { $0.value == nil }.map(\.key), left: left,
            timersChanged: timersChanged, hasBroadcasts: hasBroadcasts)
    }

    private mutating func take(
        _ change: RunChange, of pending: PendingEvent, origin: Int64, _ rows: [Int64?]
    ) throws {
        timersChanged = true
        switch change {
        case .ends(let id):
            calls[id] = .some(nil)
            // It was never written down, and nobody has waited for its turn.
            if state.firstCall?.run.id == id { return }
            try WaitingRun.end(id, of: account, now: now, journal: &journal, in: db)
        case .waits(var run):
            run.event = origin
            calls[run.id] = .some(nil)
            if case .call = run.wait {
                calls[run.id] = WaitingCall(run: run.id, turn: run.turn, chat: pending.event.chat)
                if pending.event.chat != .none { callingChats.insert(pending.event.chat) }
            }
            var awaited: Int64?
            if case .action(let index, _) = run.wait {
                awaited = rows.indices.contains(index) ? rows[index] : nil
            }
            try run.save(
                for: account, trigger: pending.event, number: origin, awaited: awaited ?? 0, in: db)
            guard case .action = run.wait, awaited == nil else { return }
            // The same was said before, under the same key: then it has been dealt with.
            try run.wake(.done(answer: ""), of: account, now: now, journal: &journal, in: db)
        }
    }

    /// - Returns: its number in the outbox; nil if something under its key is there already.
    private mutating func enqueue(_ action: Action, from event: Event, origin: Int64) throws -> Int64? {
        let (effect, chat, rule): (Effect, ChatID, String)
        var terms: SendTerms
        switch action {
        case .perform(let some, let place, let id, let how):
            (effect, chat, rule, terms) = (some, place, id, how)
        case .broadcast(let order):
            if try order.save(for: account, event: origin, now: now, in: db) { hasBroadcasts = true }
            return nil
        }
        let kind = chat == event.chat ? event.chatKind : try Store.kind(of: chat, account, in: db)
        terms.lifetime = terms.lifetime ?? lifetime
        let isNew = try Store.enqueue(
            effect, in: (chat, kind), from: Store.Origin(event: origin, rule: rule),
            as: nextOutgoing, account, terms, now: now, in: db)
        guard isNew else { return nil }
        defer { nextOutgoing += 1 }
        return nextOutgoing
    }

    private mutating func append(_ emitted: EmittedEvent, _ index: Int, from pending: PendingEvent) throws {
        let cause = pending.event
        let event = Event(
            // Decided again, it is the same event.
            id: EventID("emitted:\(pending.number):\(index)"), chat: cause.chat, chatKind: cause.chatKind,
            time: now, body: .emitted(emitted))
        try journal.append(event, now: now)
    }
}
