package import BotKit
import DurableSQLite
import GRDB

/// A run that waits for what a handler says.
package struct WaitingCall: Hashable, Sendable {
    package var run: String
    package var turn: Int
    /// The chat in which nothing else is decided meanwhile.
    package var chat: ChatID

    package init(run: String, turn: Int, chat: ChatID) {
        self.run = run
        self.turn = turn
        self.chat = chat
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
