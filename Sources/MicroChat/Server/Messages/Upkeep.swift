import DurableSQLite
import GRDB

/// Forgets what nobody will ask for again, in steps so small that no writer waits for one.
struct Upkeep: Sendable {
    /// How long a consumed message is kept.
    static let messageAge: Int64 = 7 * 24 * 3600
    /// How long a send's result is remembered; at least a day is promised (MicroChat wire protocol, section 14.1).
    static let sendAge: Int64 = 48 * 3600
    /// How long nothing is kept for a device that does not come back.
    static let deviceAge: Int64 = 30 * 24 * 3600
    private static let step = 500

    let database: DurableDatabase
    let mailboxes: Mailboxes
    /// Nil where there are no media to look after.
    var media: MediaUpkeep?

    func run(now: Int64) async throws {
        try await mailboxes.save(to: database)
        try await mailboxes.forgetDevices(unseenSince: now - Self.deviceAge, in: database)
        try await removeMessages(before: now - Self.messageAge)
        try await media?.run(now: now)
        for table in ["sends", "named_sends"] {
            try await removeSends(from: table, before: now - Self.sendAge)
        }
        try await removeLeftovers(now: now)
    }

    /// What is over, table by table; there is never much of it.
    private func removeLeftovers(now: Int64) async throws {
        let steps: [(String, Int64)] = [
            ("DELETE FROM recalls WHERE recalled_at < ?", now - Self.messageAge),
            ("DELETE FROM tickets WHERE created_at < ?", now - Ticket.Kind.mayAnswer.life),
            ("DELETE FROM qr_logins WHERE expires_at < ?", now - QRLogin.life),
            ("DELETE FROM text_checks WHERE expires_at < ?", now),
            (
                """
                DELETE FROM gathered WHERE gathering IN (SELECT id FROM gatherings WHERE touched_at < ?)
                """, now - Gathering.patience
            ),
            ("DELETE FROM gatherings WHERE touched_at < ?", now - Gathering.patience),
            // A picture that was just uploaded may be on its way to its place.
            (
                """
                DELETE FROM pictures WHERE created_at < ?
                AND NOT EXISTS (SELECT 1 FROM accounts WHERE picture = digest AND picture <> '')
                AND NOT EXISTS (SELECT 1 FROM rooms WHERE picture = digest AND picture <> '')
                """, now - 24 * 3600
            ),
        ]
        for (sql, limit) in steps {
            try Task.checkCancellation()
            try await database.write { try $0.run(sql, limit) }
        }
    }

    /// Goes through the log from its beginning to the first message that is young. What a device has not consumed
    /// stays, and without a device what none ever has.
    private func removeMessages(before limit: Int64) async throws {
        var position: Int64? = 0
        while let start = position {
            try Task.checkCancellation()
            position = try await database.write { db in
                let end: Int64? = try db.value(
                    """
                    SELECT max(position) FROM (
                        SELECT position, created_at FROM messages WHERE position > ? ORDER BY position
                        LIMIT \(Self.step))
                    WHERE created_at < ?
                    """, start, limit)
                guard let end else { return nil }
                // A message without an owner is nobody's any more.
                try db.run(
                    """
                    DELETE FROM messages WHERE position > ? AND position <= ? AND created_at < ?
                    AND position <= coalesce(
                        (SELECT min(consumed) FROM devices WHERE uin = owner),
                        (SELECT consumed FROM positions WHERE uin = owner), position)
                    """, start, end, limit)
                return end
            }
        }
    }

    private func removeSends(from table: String, before limit: Int64) async throws {
        var removed = Self.step
        while removed == Self.step {
            try Task.checkCancellation()
            removed = try await database.write { db in
                try db.run(
                    """
                    DELETE FROM \(table) WHERE id IN (
                        SELECT id FROM (SELECT id, sent_at FROM \(table) ORDER BY id LIMIT \(Self.step))
                        WHERE sent_at < ?)
                    """, limit)
                return db.changesCount
            }
        }
    }
}
