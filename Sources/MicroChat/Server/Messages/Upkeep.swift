import DurableSQLite
import GRDB

/// Forgets what nobody will ask for again, in steps so small that no writer waits for one.
struct Upkeep: Sendable {
    /// How long a consumed message is kept.
    static let messageAge: Int64 = 7 * 24 * 3600
    /// How long a send's result is remembered; at least a day is promised (MicroChat wire protocol, section 14.1).
    static let sendAge: Int64 = 48 * 3600
    private static let step = 500

    let database: DurableDatabase

    func run(accounts: [Int32], now: Int64) async throws {
        for uin in accounts {
            try await repeatSteps(
                """
                DELETE FROM messages WHERE owner = ?1 AND position IN (
                    SELECT position FROM (
                        SELECT position, created_at FROM messages
                        WHERE owner = ?1 AND position <= (SELECT consumed FROM positions WHERE uin = ?1)
                        ORDER BY position LIMIT \(Self.step))
                    WHERE created_at < ?2)
                """, Int64(uin), now - Self.messageAge)
        }
        try await repeatSteps(
            """
            DELETE FROM sends WHERE id IN (
                SELECT id FROM (SELECT id, sent_at FROM sends ORDER BY id LIMIT \(Self.step))
                WHERE sent_at < ?2 AND ?1 = 0)
            """, 0, now - Self.sendAge)
    }

    private func repeatSteps(_ sql: String, _ first: Int64, _ second: Int64) async throws {
        var removed = Self.step
        while removed == Self.step {
            try Task.checkCancellation()
            removed = try await database.write { db in
                try db.run(sql, first, second)
                return db.changesCount
            }
        }
    }
}
