package import BotKit
import DurableSQLite
import GRDB

/// What became of a leased row.
package enum Settlement: Hashable, Sendable {
    /// The network took it.
    case sent(Receipt)
    /// It had no effect; it leaves again, not before `due`.
    case waiting(until: Timestamp, reason: String)
    /// The network refused it for now, and remembers that by its id: it leaves again under a new one, not before
    /// `due`, unless an attempt under the old one may have been delivered.
    case refusedForNow(until: Timestamp, reason: String)
    /// Nobody knows whether it had an effect; it is repeated under its id, not before `due`.
    case unknown(until: Timestamp, reason: String)
    /// The network said no for good: a dead letter.
    case failed(reason: String)
}

extension Store {
    /// Records what became of leased rows, and lets the next of each chat go.
    ///
    /// - Returns: whether runs waited for any: they go on through the journal.
    @discardableResult
    package func settle(
        _ settlements: [(row: LeasedRow, result: Settlement)], of account: AccountID, now: Timestamp
    ) async throws -> Bool {
        try await database.write { db in
            var hasWoken = false
            for (row, result) in settlements {
                let number = row.outgoing.number
                switch result {
                case .sent(let receipt):
                    let woke = try Self.end(number, account, as: "sent", receipt: receipt, now: now, in: db)
                    hasWoken = hasWoken || woke
                case .failed(let reason):
                    let woke = try Self.end(number, account, as: "failed", reason: reason, now: now, in: db)
                    hasWoken = hasWoken || woke
                case .waiting(let due, let reason):
                    // An attempt without effect says nothing about one before it that had no answer.
                    try Self.putBack(
                        number, account, as: row.mayHaveLeft ? "unknown" : "waiting", due: due,
                        reason: reason, in: db)
                case .refusedForNow(let due, let reason):
                    try Self.putBack(
                        number, account, as: row.mayHaveLeft ? "unknown" : "waiting", due: due,
                        reason: reason, in: db)
                    if !row.mayHaveLeft { try Self.renameID(of: number, account, now: now, in: db) }
                case .unknown(let due, let reason):
                    try Self.putBack(number, account, as: "unknown", due: due, reason: reason, in: db)
                }
                try Self.wakeLane(of: row.outgoing.chat.rawValue, account, now: now, in: db)
            }
            return hasWoken
        }
    }

    private static func putBack(
        _ number: Int64, _ account: AccountID, as state: String, due: Timestamp, reason: String,
        in db: Database
    ) throws {
        try db.run(
            "UPDATE outbox SET state = ?, due = ?, reason = ? WHERE account = ? AND number = ?",
            state, due.microseconds, reason, account.rawValue, number)
    }

    /// Gives a row that certainly had no effect a new client id. Its number, which no other row has, stays in it.
    private static func renameID(
        of number: Int64, _ account: AccountID, now: Timestamp, in db: Database
    ) throws {
        try db.run(
            """
            UPDATE outbox SET client_seconds = max(client_seconds + 1, ?), first_attempt = NULL
            WHERE account = ? AND number = ?
            """, now.seconds, account.rawValue, number)
    }

    /// Makes a lane due when its oldest open row is, or removes it.
    private static func wakeLane(
        of chat: String, _ account: AccountID, now: Timestamp, in db: Database
    ) throws {
        let due: Int64? = try db.value(
            """
            SELECT due FROM outbox INDEXED BY outbox_open
            WHERE account = ? AND chat = ? AND settled IS NULL
            ORDER BY number LIMIT 1
            """, account.rawValue, chat)
        if let due {
            try setLane(of: chat, account, due: max(due, now.microseconds), in: db)
        } else {
            try db.run("DELETE FROM lane WHERE account = ? AND chat = ?", account.rawValue, chat)
        }
    }
}
