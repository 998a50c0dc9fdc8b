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
    /// What the network knows it by.
    package var message: SentMessage
    /// What the network answered, as JSON.
    package var answer: String
    package var priority: Priority
    /// It does not leave after this.
    package var expires: Timestamp
    /// What it answers: a place in the journal; 0 if nothing.
    package var event: Int64
    /// Whether it may have been delivered although it failed.
    package var isDoubtful: Bool
    /// When it ended.
    package var settled: Timestamp?

    /// Whether nothing more will happen to it.
    package var isSettled: Bool { ["sent", "failed", "expired", "cancelled"].contains(state) }
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
        try await outbox(OutboxFilter(states: states), limit: limit)
    }

    /// Rows of the outbox that a filter means, newest first.
    package func outbox(_ filter: OutboxFilter, limit: Int) async throws -> [OutboxRow] {
        try await database.read { db in
            try db.all(
                """
                SELECT \(OutboxRow.columns) FROM outbox o LEFT JOIN contact c ON c.account = o.account AND c.id = o.chat
                WHERE \(OutboxFilter.condition) ORDER BY o.account, o.number DESC LIMIT ?8
                """, filter.account?.rawValue, filter.number, OutboxFilter.listed(filter.states), filter.chat,
                filter.rule, OutboxFilter.listed(filter.kinds), filter.before?.seconds, limit,
                read: OutboxRow.init)
        }
    }

    /// How many rows of the outbox a filter means.
    package func outboxCount(_ filter: OutboxFilter) async throws -> Int {
        try await database.read { db in
            try db.value(
                """
                SELECT count(*) FROM outbox o LEFT JOIN contact c ON c.account = o.account AND c.id = o.chat
                WHERE \(OutboxFilter.condition)
                """, filter.account?.rawValue, filter.number, OutboxFilter.listed(filter.states), filter.chat,
                filter.rule, OutboxFilter.listed(filter.kinds), filter.before?.seconds) ?? 0
        }
    }

    /// One row of the outbox; nil if there is none.
    package func outboxRow(_ number: Int64, of account: AccountID) async throws -> OutboxRow? {
        try await outbox(where: "o.number = ?2 AND o.account = ?1", account.rawValue, number, limit: 1).first
    }

    /// What one event of the journal has put into the outbox, the oldest first.
    func outbox(ofEvent number: Int64, _ account: AccountID) async throws -> [OutboxRow] {
        try await outbox(
            where: "o.account = ?1 AND o.event = ?2 AND o.event <> 0", account.rawValue, number, limit: 1000
        ).reversed()
    }

    private func outbox(
        where condition: String, _ first: String, _ second: Int64? = nil, limit: Int
    ) async throws -> [OutboxRow] {
        try await database.read { db in
            try db.all(
                """
                SELECT \(OutboxRow.columns) FROM outbox o LEFT JOIN contact c ON c.account = o.account AND c.id = o.chat
                WHERE \(condition)
                ORDER BY o.account, o.number DESC LIMIT ?3
                """, first, second, limit, read: OutboxRow.init)
        }
    }
}

extension OutboxRow {
    /// What `init` reads.
    fileprivate static let columns = """
        o.account, o.number, o.chat, coalesce(nullif(c.remark, ''), c.name, ''), o.kind, o.text, o.state, o.attempts,
        o.reason, o.due, o.rule, o.client_seconds, o.client_number, o.server_id, o.answer, o.priority, o.expires,
        o.event, o.doubtful, o.settled
        """

    fileprivate init(_ row: Columns) {
        let clientID = ClientMessageID(
            seconds: UInt32(truncatingIfNeeded: row.integer(11)),
            number: UInt32(truncatingIfNeeded: row.integer(12)))
        self.init(
            account: AccountID(row.text(0)), number: row.integer(1), chat: ChatID(row.text(2)),
            chatName: row.text(3), kind: row.text(4), text: row.text(5), state: row.text(6),
            attempts: Int(row.integer(7)), reason: row.text(8), due: Timestamp(microseconds: row.integer(9)),
            rule: row.text(10), message: SentMessage(clientID: clientID, serverID: row.text(13)),
            answer: row.text(14), priority: Priority(rawValue: Int(row.integer(15))) ?? .normal,
            expires: Timestamp(microseconds: row.integer(16)), event: row.integer(17),
            isDoubtful: row.bool(18),
            settled: row.isNull(19) ? nil : Timestamp(microseconds: row.integer(19)))
    }
}
