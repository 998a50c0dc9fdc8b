import BotKit
import DurableSQLite
import GRDB

/// Rows that are to leave later stand beside their chat's lane until then, so that what is said meanwhile need not wait.
/// When their time comes they join it, by their number: before what was decided after them and is still there.
enum Planned {
    /// Rows that join in one go.
    private static let most = 256

    /// Lets those join whose time has come.
    static func join(of account: AccountID, now: Timestamp, in db: Database) throws {
        let due = try db.all(
            """
            SELECT number, chat, kind, chat_kind, priority, \(Lane.isFriend), way
            FROM outbox o INDEXED BY outbox_planned
            WHERE account = ? AND planned = 1 AND settled IS NULL AND due <= ? ORDER BY due LIMIT \(most)
            """, account.rawValue, now.microseconds
        ) { row in
            (
                number: row.integer(0), chat: row.text(1),
                kind: ActionKind(
                    effect: row.text(2), in: ChatKind(rawValue: row.text(3)) ?? .private,
                    isFriend: row.bool(5)),
                priority: Priority(rawValue: Int(row.integer(4))) ?? .normal, way: row.text(6)
            )
        }
        for row in due {
            try db.run(
                "UPDATE outbox SET planned = 0 WHERE account = ? AND number = ?", account.rawValue,
                row.number)
            let lane = Lane(row.chat, row.way, of: account, in: db)
            try lane.join(row: row.number, row.kind, row.priority, due: now.microseconds)
            try lane.wakeIfIdle(now: now)
        }
    }

    /// When the next one's time comes.
    static func next(of account: AccountID, in db: Database) throws -> Int64? {
        try db.value(
            """
            SELECT due FROM outbox INDEXED BY outbox_planned
            WHERE account = ? AND planned = 1 AND settled IS NULL ORDER BY due LIMIT 1
            """, account.rawValue)
    }
}
