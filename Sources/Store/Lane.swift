import BotKit
import DurableSQLite
import GRDB

/// A chat that has something to leave one way, within a transaction. Its rows leave one after the other, in the order
/// decided, so all that its row says is about the oldest of them: its kind, and when it may leave, which is null while it
/// is on its way.
///
/// Except for the rank. A row that is urgent makes everything before it in its chat as urgent, so it neither waits
/// behind what is not nor overtakes it.
struct Lane {
    private let chat: String
    private let way: String
    private let account: String
    private let db: Database

    init(_ chat: String, _ way: String, of account: AccountID, in db: Database) {
        (self.chat, self.way, self.account, self.db) = (chat, way, account.rawValue, db)
    }

    /// A row joins.
    func join(row number: Int64, _ kind: ActionKind, _ priority: Priority, due: Int64) throws {
        try db.run(
            """
            INSERT INTO lane (account, chat, way, due, kind, rank, high, normal) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (account, chat, way) DO UPDATE
            SET rank = min(rank, excluded.rank), high = max(high, excluded.high),
                normal = max(normal, excluded.normal)
            WHERE excluded.rank < 2
            """, account, chat, way, due, kind.rawValue, priority.rawValue, priority == .high ? number : 0,
            priority == .normal ? number : 0)
    }

    /// Makes the lane due when its oldest open row is, or removes it.
    func wake(now: Timestamp) throws {
        let heads = try db.all(
            """
            SELECT number, kind, chat_kind, priority, due, \(Self.isFriend)
            FROM outbox o INDEXED BY outbox_open
            WHERE account = ? AND chat = ? AND way = ? AND settled IS NULL AND planned = 0
            ORDER BY number LIMIT 1
            """, account, chat, way
        ) { row in
            (
                number: row.integer(0),
                kind: ActionKind(
                    effect: row.text(1), in: ChatKind(rawValue: row.text(2)) ?? .private,
                    isFriend: row.bool(5)),
                priority: row.integer(3), due: row.integer(4)
            )
        }
        guard let head = heads.first else { return try remove() }
        try db.run(
            """
            UPDATE lane SET due = ?4, kind = ?5,
                rank = CASE WHEN ?6 <= high THEN 0 WHEN ?6 <= normal THEN 1 ELSE ?7 END
            WHERE account = ?1 AND chat = ?2 AND way = ?3
            """, account, chat, way, max(head.due, now.microseconds), head.kind.rawValue, head.number,
            head.priority)
    }

    /// The same, unless its oldest row is on its way: then whoever settles that does it.
    func wakeIfIdle(now: Timestamp) throws {
        let isIdle: Int64? = try db.value(
            "SELECT 1 FROM lane WHERE account = ? AND chat = ? AND way = ? AND due IS NOT NULL", account,
            chat, way)
        if isIdle != nil { try wake(now: now) }
    }

    /// Puts the time off at which the lane is looked at; nil while its oldest row is on its way.
    func set(due: Int64?) throws {
        try db.run(
            "UPDATE lane SET due = ? WHERE account = ? AND chat = ? AND way = ?", due, account, chat, way)
    }

    /// What the oldest row counts as has changed: somebody has become a friend.
    func set(kind: ActionKind) throws {
        try db.run(
            "UPDATE lane SET kind = ? WHERE account = ? AND chat = ? AND way = ?", kind.rawValue, account,
            chat, way)
    }

    func remove() throws {
        try db.run("DELETE FROM lane WHERE account = ? AND chat = ? AND way = ?", account, chat, way)
    }

    /// What waits for somebody who has become a friend is no message to a stranger any more.
    static func befriended(_ person: String, of account: AccountID, in db: Database) throws {
        try db.run(
            "UPDATE lane SET kind = ? WHERE account = ? AND chat = ? AND kind = ?",
            ActionKind.messages.rawValue, account.rawValue, person, ActionKind.messagesToStrangers.rawValue)
    }

    /// Whether the other side of a row's chat is in the account's list; a column of a query on `outbox o`.
    static let isFriend =
        "coalesce((SELECT friend FROM contact c WHERE c.account = o.account AND c.id = o.chat), 0)"
}

/// Lanes of one kind and rank in which somebody waits, and when the first of them may go.
struct Line {
    var kind: ActionKind
    var rank: Int
    var due: Int64

    /// All of one way: one look at an index for each that is possible, however long they are.
    static func all(of account: AccountID, _ way: Effect.Way, in db: Database) throws -> [Line] {
        try db.all(
            """
            SELECT k.kind, r.rank,
                (SELECT due FROM lane INDEXED BY lane_due
                 WHERE account = ?1 AND kind = k.kind AND rank = r.rank AND due IS NOT NULL
                 ORDER BY due LIMIT 1) AS first
            FROM (\(way == .webhook ? webhooks : network)) k,
                (SELECT 0 AS rank UNION ALL SELECT 1 UNION ALL SELECT 2) r
            WHERE first IS NOT NULL
            """, account.rawValue
        ) { row in
            ActionKind(rawValue: row.text(0)).map {
                Line(kind: $0, rank: Int(row.integer(1)), due: row.integer(2))
            }
        }.compactMap(\.self)
    }

    private static let webhooks = "SELECT '\(ActionKind.webhooks.rawValue)' AS kind"
    private static let network = ActionKind.allCases.filter { $0 != .webhooks }
        .map { "SELECT '\($0.rawValue)' AS kind" }.joined(separator: " UNION ALL ")

    /// Chats that may go now, the longest waiting first.
    func chats(
        of account: AccountID, limit: Int, now: Timestamp, in db: Database
    ) throws -> [(chat: String, due: Int64)] {
        try db.all(
            """
            SELECT chat, due FROM lane INDEXED BY lane_due
            WHERE account = ? AND kind = ? AND rank = ? AND due IS NOT NULL AND due <= ?
            ORDER BY due LIMIT ?
            """, account.rawValue, kind.rawValue, rank, now.microseconds, limit
        ) { (chat: $0.text(0), due: $0.integer(1)) }
    }
}
