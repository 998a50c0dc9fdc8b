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
    let media: MediaUpkeep

    func run(now: Int64) async throws {
        try await mailboxes.save(to: database)
        try await mailboxes.forgetDevices(unseenSince: now - Self.deviceAge, in: database)
        try await removeMessages(before: now - Self.messageAge)
        try await media.run(now: now)
        try await removeSends(before: now - Self.sendAge)
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

    private func removeSends(before limit: Int64) async throws {
        var removed = Self.step
        while removed == Self.step {
            try Task.checkCancellation()
            removed = try await database.write { db in
                try db.run(
                    """
                    DELETE FROM sends WHERE id IN (
                        SELECT id FROM (SELECT id, sent_at FROM sends ORDER BY id LIMIT \(Self.step))
                        WHERE sent_at < ?)
                    """, limit)
                return db.changesCount
            }
        }
    }
}
