package import BotKit
import DurableSQLite
import GRDB

/// One attempt to get a row out that did not end well, or came after one that had not.
package struct Attempt: Hashable, Sendable {
    package var number: Int
    package var time: Timestamp
    /// `sent`, `refused`, `too often`, `no effect` or `no answer`.
    package var outcome: String
    package var reason: String

    /// Attempts of a row that are kept, the newest.
    private static let kept = 20

    /// Keeps it. A row that leaves at once, as nearly all do, has none.
    static func record(
        _ result: Settlement, of row: LeasedRow, _ account: AccountID, now: Timestamp, in db: Database
    ) throws {
        let (outcome, reason) = result.words
        if case .sent = result, row.attempts == 1 { return }
        try db.run(
            """
            INSERT OR REPLACE INTO attempt (account, number, attempt, time, outcome, reason)
            VALUES (?, ?, ?, ?, ?, ?)
            """, account.rawValue, row.outgoing.number, row.attempts, now.microseconds, outcome, reason)
        guard row.attempts > kept else { return }
        try db.run(
            "DELETE FROM attempt WHERE account = ? AND number = ? AND attempt <= ?", account.rawValue,
            row.outgoing.number, row.attempts - kept)
    }
}

extension Settlement {
    fileprivate var words: (outcome: String, reason: String) {
        switch self {
        case .sent: ("sent", "")
        case .failed(let reason): ("refused", reason)
        case .lost(let reason): ("no answer", reason)
        case .refusedForNow(_, let reason): ("too often", reason)
        case .waiting(_, let reason): ("no effect", reason)
        case .unknown(_, let reason): ("no answer", reason)
        }
    }
}

extension Store {
    /// The attempts of a row that are kept, the oldest first.
    package func attempts(of number: Int64, _ account: AccountID) async throws -> [Attempt] {
        try await database.read { db in
            try db.all(
                """
                SELECT attempt, time, outcome, reason FROM attempt
                WHERE account = ? AND number = ? ORDER BY attempt
                """, account.rawValue, number
            ) { row in
                Attempt(
                    number: Int(row.integer(0)), time: Timestamp(microseconds: row.integer(1)),
                    outcome: row.text(2), reason: row.text(3))
            }
        }
    }
}
