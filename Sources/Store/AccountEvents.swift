package import BotKit
import DurableSQLite
import GRDB

/// Something that happened to an account itself, not in one of its chats.
package struct AccountEvent: Hashable, Sendable {
    /// What can happen to an account.
    package enum Kind: String, Sendable {
        case online, offline, paused, kicked
        case poorNetwork = "poor_network"
        case sessionRenewed = "session_renewed"
        /// A rule wants somebody to look.
        case alert
        /// The network wants less of one kind of action.
        case slowedDown = "slowed_down"
        /// That is over.
        case recovered
        /// Too many actions of one kind were refused in a row, and it pauses.
        case kindPaused = "kind_paused"
        /// A day's budget is nearly spent.
        case budget
    }

    /// Its place in the order of the account's events; never used again.
    package var number: Int64
    package var time: Timestamp
    package var kind: Kind
    /// For people.
    package var text: String
}

extension Store {
    /// Events of an account that are kept.
    static let keptAccountEvents = 1000

    /// Records that something happened to an account.
    package func record(
        _ kind: AccountEvent.Kind, _ text: String, of account: AccountID, now: Timestamp
    ) async throws {
        try await database.write { db in try Self.record(kind, text, of: account, now: now, in: db) }
    }

    static func record(
        _ kind: AccountEvent.Kind, _ text: String, of account: AccountID, now: Timestamp, in db: Database
    ) throws {
        let number: Int64? = try db.value(
            """
            INSERT INTO account_event (account, number, time, kind, text)
            SELECT ?1, coalesce(max(number), 0) + 1, ?2, ?3, ?4 FROM account_event WHERE account = ?1
            RETURNING number
            """, account.rawValue, now.microseconds, kind.rawValue, text)
        try db.run(
            "DELETE FROM account_event WHERE account = ? AND number <= ?",
            account.rawValue, (number ?? 0) - Int64(keptAccountEvents))
    }

    /// What happened to an account, newest first.
    package func accountEvents(of account: AccountID, limit: Int) async throws -> [AccountEvent] {
        try await database.read { db in
            try db.all(
                """
                SELECT number, time, kind, text FROM account_event
                WHERE account = ? ORDER BY number DESC LIMIT ?
                """, account.rawValue, limit
            ) { row in
                AccountEvent.Kind(rawValue: row.text(2)).map { kind in
                    AccountEvent(
                        number: row.integer(0), time: Timestamp(microseconds: row.integer(1)), kind: kind,
                        text: row.text(3))
                }
            }.compactMap(\.self)
        }
    }
}
