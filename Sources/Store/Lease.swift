package import BotKit
import DurableSQLite
import GRDB

/// What may leave now, and when to ask again.
package struct Lease: Sendable {
    /// The oldest row of each chat whose turn it is, no chat twice.
    package var rows: [LeasedRow]
    /// When the next row is due; nil if nothing waits, or only behind what is leased.
    package var next: Timestamp?
    /// Whether a run waited for one that ended here: it goes on through the journal.
    package var hasWoken = false
}

/// One row that is on its way out.
package struct LeasedRow: Hashable, Sendable {
    /// What to send.
    package var outgoing: Outgoing
    /// How often it has been tried, this time included.
    package var attempts: Int
    /// True if an earlier attempt had no answer: whatever becomes of this one, that one may have been delivered.
    package var mayHaveLeft: Bool
}

extension Store {
    /// How long a network is trusted to know a client id again. It must for 24 hours (MicroChat wire protocol, section
    /// 14.1); an hour of that is left for the request's own way and for clocks that differ.
    static let repeatWindow = Duration.seconds(23 * 3600)

    /// Takes up to `limit` rows that may leave: each the oldest of its chat, due, and within the limits, which are
    /// checked and counted in this transaction. Rows that came too late end here.
    ///
    /// - Parameter limits: nil for none.
    package func lease(
        of account: AccountID, way: Effect.Way = .network, limits: SendLimits?, limit: Int, now: Timestamp
    ) async throws -> Lease {
        let limits = limits ?? .none
        return try await database.write { db in
            var rows: [LeasedRow] = []
            var hasWoken = false
            var whole = try Limiter(
                way == .network ? "account" : way.rawValue, of: account, at: limits.account, in: db)
            let due =
                whole.free > now.microseconds
                ? [] : try Self.dueChats(of: account, way, limit: limit, now: now, in: db)
            for chat in due where whole.free <= now.microseconds {
                guard let head = try Self.head(of: chat, account, now: now, &hasWoken, in: db) else {
                    continue
                }
                let rate = head.isGroup ? limits.group : limits.chat
                var one = try Limiter("chat:" + chat, of: account, at: rate, in: db)
                guard max(one.free, head.due) <= now.microseconds else {
                    try Self.setLane(of: chat, account, due: max(one.free, head.due), in: db)
                    continue
                }
                one.take(now: now)
                whole.take(now: now)
                try one.save(in: db)
                try Self.markLeased(head.row, account, now: now, in: db)
                rows.append(head.row)
            }
            try whole.save(in: db)
            let nextLane: Int64? = try db.value(
                "SELECT due FROM lane WHERE account = ? AND way = ? AND due IS NOT NULL ORDER BY due LIMIT 1",
                account.rawValue, way.rawValue)
            return Lease(
                rows: rows, next: nextLane.map { Timestamp(microseconds: max($0, whole.free)) },
                hasWoken: hasWoken)
        }
    }

    private static func dueChats(
        of account: AccountID, _ way: Effect.Way, limit: Int, now: Timestamp, in db: Database
    ) throws -> [String] {
        try db.all(
            """
            SELECT chat FROM lane WHERE account = ? AND way = ? AND due IS NOT NULL AND due <= ?
            ORDER BY due LIMIT ?
            """, account.rawValue, way.rawValue, now.microseconds, limit
        ) { $0.text(0) }
    }

    private struct Head {
        var row: LeasedRow
        var isGroup: Bool
        var isUnknown: Bool { row.mayHaveLeft }
        var due: Int64
        var expires: Timestamp
        var firstAttempt: Timestamp

        init(_ row: Columns, of chat: String, now: Timestamp) {
            let clientID = ClientMessageID(
                seconds: UInt32(truncatingIfNeeded: row.integer(1)),
                number: UInt32(truncatingIfNeeded: row.integer(2)))
            let outgoing = Outgoing(
                number: row.integer(0), clientID: clientID, chat: ChatID(chat),
                effect: Effect(kind: row.text(3), text: row.text(4), mentions: row.text(11)))
            self.row = LeasedRow(
                outgoing: outgoing, attempts: Int(row.integer(5)) + 1, mayHaveLeft: row.text(8) == "unknown")
            isGroup = row.text(6) == ChatKind.group.rawValue
            due = row.integer(7)
            expires = Timestamp(microseconds: row.integer(9))
            firstAttempt = row.isNull(10) ? now : Timestamp(microseconds: row.integer(10))
        }
    }

    /// The oldest open row of a chat. Rows that can't leave any more are ended; a chat without rows loses its lane.
    private static func head(
        of chat: String, _ account: AccountID, now: Timestamp, _ hasWoken: inout Bool, in db: Database
    ) throws -> Head? {
        while true {
            let found = try db.all(
                """
                SELECT number, client_seconds, client_number, kind, text, attempts, chat_kind, due, state,
                    expires, first_attempt, mentions
                FROM outbox INDEXED BY outbox_open
                WHERE account = ? AND chat = ? AND settled IS NULL
                ORDER BY number LIMIT 1
                """, account.rawValue, chat
            ) { Head($0, of: chat, now: now) }
            guard let head = found.first else {
                try db.run("DELETE FROM lane WHERE account = ? AND chat = ?", account.rawValue, chat)
                return nil
            }
            let forgotten = head.firstAttempt + repeatWindow < now
            guard head.expires <= now || (head.isUnknown && forgotten) else { return head }
            let woke = try end(
                head.row.outgoing.number, account, as: head.isUnknown ? "failed" : "expired",
                reason: head.isUnknown
                    ? "no answer came to any attempt, so nobody knows whether it was delivered"
                    : "it could not leave before it expired", now: now, in: db)
            hasWoken = hasWoken || woke
        }
    }

    private static func markLeased(
        _ row: LeasedRow, _ account: AccountID, now: Timestamp, in db: Database
    ) throws {
        try db.run(
            """
            UPDATE outbox SET state = 'leased', attempts = ?, first_attempt = coalesce(first_attempt, ?)
            WHERE account = ? AND number = ?
            """,
            row.attempts, now.microseconds, account.rawValue, row.outgoing.number)
        try setLane(of: row.outgoing.chat.rawValue, account, due: nil, in: db)
    }

    static func setLane(of chat: String, _ account: AccountID, due: Int64?, in db: Database) throws {
        try db.run(
            "UPDATE lane SET due = ? WHERE account = ? AND chat = ?", due, account.rawValue, chat)
    }

    /// - Returns: whether a run waited for this.
    static func end(
        _ number: Int64, _ account: AccountID, as state: String, reason: String = "",
        receipt: Receipt = Receipt(), now: Timestamp, in db: Database
    ) throws -> Bool {
        try db.run(
            """
            UPDATE outbox SET state = ?, reason = ?, server_id = ?, answer = ?, settled = ?
            WHERE account = ? AND number = ?
            """, state, reason, receipt.serverID, receipt.answer, now.microseconds, account.rawValue, number)
        return try WaitingRun.wake(
            awaiting: number, state == "sent" ? .done(answer: receipt.answer) : .failed(reason: reason),
            of: account, now: now, in: db)
    }
}
