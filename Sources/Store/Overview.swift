package import BotKit
import DurableSQLite
import GRDB

/// Whether an account is connected.
package enum LinkState: String, Sendable {
    /// Logged in.
    case online
    /// Trying by itself.
    case offline
    /// Waiting for the owner.
    case paused
}

/// What is going on with one account.
package struct AccountOverview: Sendable {
    package var id: AccountID
    package var person: String
    package var name: String
    package var link: LinkState
    package var reason: String
    package var since: Timestamp
    /// Events that nobody has decided yet.
    package var undecided: Int
}

/// A row of the outbox, for people.
package struct OutboxRow: Sendable {
    package var account: AccountID
    package var number: Int64
    package var chat: ChatID
    /// The name of the chat, if known.
    package var chatName: String
    package var kind: String
    package var text: String
    package var state: String
    package var attempts: Int
    package var reason: String
    package var due: Timestamp
    package var rule: String
}

extension Store {
    /// Records whether an account is connected, and as whom once that is known.
    package func setLink(
        of account: AccountID, to state: LinkState, reason: String, identity: Identity?, now: Timestamp
    ) async throws {
        try await database.write { db in
            try db.run(
                "UPDATE account SET link = ?, link_reason = ?, link_since = ? WHERE account = ?",
                state.rawValue, reason, now.microseconds, account.rawValue)
            if let identity {
                try db.run(
                    "UPDATE account SET person = ?, name = ? WHERE account = ?",
                    identity.id.rawValue, identity.name, account.rawValue)
            }
        }
    }

    /// All accounts, by name.
    package func accounts() async throws -> [AccountOverview] {
        try await database.read { db in
            let rows = try db.rows(
                """
                SELECT account, person, name, link, link_reason, link_since,
                    (SELECT count(*) FROM event e WHERE e.account = a.account AND e.decided IS NULL)
                FROM account a ORDER BY account
                """)
            var accounts: [AccountOverview] = []
            while let row = try rows.next() {
                accounts.append(
                    AccountOverview(
                        id: AccountID(row[0] as String), person: row[1], name: row[2],
                        link: LinkState(rawValue: row[3]) ?? .offline, reason: row[4],
                        since: Timestamp(microseconds: row[5]), undecided: row[6]))
            }
            return accounts
        }
    }

    /// How many rows of the outbox are in each state, over all accounts.
    package func outboxCounts() async throws -> [String: Int] {
        try await database.read { db in
            let rows = try db.rows("SELECT state, count(*) FROM outbox GROUP BY state")
            var counts: [String: Int] = [:]
            while let row = try rows.next() { counts[row[0]] = row[1] }
            return counts
        }
    }

    /// Rows of the outbox, newest first.
    ///
    /// - Parameter states: only rows in one of these; all if empty.
    package func outbox(in states: [String], limit: Int) async throws -> [OutboxRow] {
        try await database.read { db in
            let rows = try db.rows(
                """
                SELECT o.account, o.number, o.chat, coalesce(nullif(c.remark, ''), c.name, ''), o.kind, o.text,
                    o.state, o.attempts, o.reason, o.due, o.rule
                FROM outbox o LEFT JOIN contact c ON c.account = o.account AND c.id = o.chat
                WHERE ?1 = '' OR instr(?1, ',' || o.state || ',') > 0
                ORDER BY o.account, o.number DESC LIMIT ?2
                """, states.isEmpty ? "" : "," + states.joined(separator: ",") + ",", limit)
            var list: [OutboxRow] = []
            while let row = try rows.next() {
                list.append(
                    OutboxRow(
                        account: AccountID(row[0] as String), number: row[1], chat: ChatID(row[2] as String),
                        chatName: row[3], kind: row[4], text: row[5], state: row[6], attempts: row[7],
                        reason: row[8], due: Timestamp(microseconds: row[9]), rule: row[10]))
            }
            return list
        }
    }
}
