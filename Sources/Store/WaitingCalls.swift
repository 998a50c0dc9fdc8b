package import BotKit
import DurableSQLite
import GRDB

/// A run that waits for what a handler says. Two are the same if it is the same wait of the same run.
package struct WaitingCall: Sendable {
    package var run: String
    package var turn: Int
    /// The chat in which nothing else is decided meanwhile.
    package var chat: ChatID
    /// Where the run and its event are, if they are not written down yet.
    package var first: FirstCall?

    package init(run: String, turn: Int, chat: ChatID, first: FirstCall? = nil) {
        self.run = run
        self.turn = turn
        self.chat = chat
        self.first = first
    }
}

extension WaitingCall: Hashable {
    package static func == (one: WaitingCall, other: WaitingCall) -> Bool {
        one.run == other.run && one.turn == other.turn
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(run)
        hasher.combine(turn)
    }
}

/// A decision from which nothing follows, as yet, but that a handler is called. It is written down together with what
/// follows from what the handler says: until then its event is undecided, as it is after a crash.
package final class FirstCall: Sendable {
    /// The event.
    package let trigger: PendingEvent
    /// The run, which nobody but its own chat would look for.
    package let run: WaitingRun
    /// When it was decided.
    package let time: Timestamp
    let decision: Decision

    /// Nil if anything else follows, or others have to see the run.
    init?(_ decision: Decision, of pending: PendingEvent, at time: Timestamp) {
        guard var run = decision.onlyCall else { return nil }
        run.event = pending.number
        (trigger, self.run, self.time, self.decision) = (pending, run, time, decision)
    }
}

extension Decision {
    /// The run that begins by this and waits for a handler, if nothing else follows and only its chat has to see it.
    package var onlyCall: WaitingRun? {
        guard runs.count == 1, case .waits(let run)? = runs.first, run.turn == 1, run.isOfItsChat,
            run.wait == .call(until: nil), actions.isEmpty, changes.isEmpty, picks.isEmpty, emitted.isEmpty,
            notes.isEmpty
        else { return nil }
        return run
    }
}

/// What came of a call. It is decided together with its event, and what has not been decided has not happened.
package struct CallAnswer: Hashable, Sendable {
    package var call: WaitingCall
    package var outcome: RunWake.Outcome
    /// Set if no handler is to be given the event again.
    package var quarantine: QuarantinedCall?

    package init(_ outcome: RunWake.Outcome, to call: WaitingCall, quarantine: QuarantinedCall? = nil) {
        self.call = call
        self.outcome = outcome
        self.quarantine = quarantine
    }
}

/// An event that is left alone, because handlers died of it.
package struct QuarantinedCall: Hashable, Sendable {
    package var account: AccountID
    package var time: Timestamp
    package var handler: String
    /// The event's id.
    package var event: String
    package var rule: String
    /// What is known of the deaths: signal, back-trace.
    package var reason: String

    package init(
        account: AccountID, time: Timestamp, handler: String, event: String, rule: String, reason: String
    ) {
        self.account = account
        self.time = time
        self.handler = handler
        self.event = event
        self.rule = rule
        self.reason = reason
    }
}

extension QuarantinedCall {
    func save(in db: Database) throws {
        try db.run(
            """
            INSERT OR REPLACE INTO quarantine (account, event, handler, time, rule, reason)
            VALUES (?, ?, ?, ?, ?, ?)
            """, account.rawValue, event, handler, time.microseconds, rule, reason)
    }
}

extension Store {
    /// Runs that wait for what a handler says, oldest first.
    package func waitingCalls(of account: AccountID) async throws -> [WaitingCall] {
        try await database.read { db in
            try db.all(
                """
                SELECT r.id, r.turn, e.chat FROM waiting_run r INDEXED BY waiting_run_calls
                JOIN event e ON e.account = r.account AND e.number = r.event
                WHERE r.account = ? AND r.waits = 'call' ORDER BY r.event
                """, account.rawValue
            ) { WaitingCall(run: $0.text(0), turn: Int($0.integer(1)), chat: ChatID($0.text(2))) }
        }
    }

    /// Events that are left alone, newest first.
    package func quarantined(limit: Int) async throws -> [QuarantinedCall] {
        try await database.read { db in
            try db.all(
                """
                SELECT account, time, handler, event, rule, reason FROM quarantine ORDER BY time DESC LIMIT ?
                """, limit
            ) {
                QuarantinedCall(
                    account: AccountID($0.text(0)), time: Timestamp(microseconds: $0.integer(1)),
                    handler: $0.text(2), event: $0.text(3), rule: $0.text(4), reason: $0.text(5))
            }
        }
    }
}
