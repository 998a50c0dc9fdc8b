package import BotKit
import DurableSQLite
import GRDB

extension Store {
    /// What put a row into the outbox.
    struct Origin {
        /// The event's place in the journal; 0 if no event did.
        var event: Int64
        /// The rule's id; empty if no rule did.
        var rule: String
        /// The broadcast that it is part of; 0 for none.
        var broadcast: Int64 = 0
    }

    /// Puts something into the outbox that no rule decided: the owner did. Works beside a running bot, which notices.
    ///
    /// - Parameters:
    ///   - event: the event that it answers, if it does.
    ///   - lifetime: how long it stays worth doing.
    /// - Returns: its number in the outbox.
    package func enqueue(
        _ effect: Effect, in chat: ChatID, answering event: Int64 = 0, of account: AccountID,
        lifetime: Duration, priority: Priority = .normal, now: Timestamp
    ) async throws -> Int64 {
        try await database.write { db in
            let number = try Self.nextOutgoing(of: account, in: db)
            _ = try Self.enqueue(
                effect, in: (chat, Self.kind(of: chat, account, in: db)),
                from: Origin(event: event, rule: ""),
                as: number, account, SendTerms(lifetime: lifetime, priority: priority), now: now, in: db)
            try Self.take(number..<number + 1, of: account, in: db)
            return number
        }
    }

    /// Whether more rows than that wait to leave, besides those for later.
    package func hasWaiting(moreThan count: Int, of account: AccountID) async throws -> Bool {
        try await database.read { db in
            let found: Int64? = try db.value(
                """
                SELECT 1 FROM outbox INDEXED BY outbox_open
                WHERE account = ? AND settled IS NULL AND planned = 0 LIMIT 1 OFFSET ?
                """, account.rawValue, count)
            return found != nil
        }
    }

    /// A number that differs from the last answer if, and only if, another process has changed something in between.
    package func outsideVersion() async throws -> Int64 { try await database.outsideVersion() }

    static func nextOutgoing(of account: AccountID, in db: Database) throws -> Int64 {
        try db.value("SELECT next_outgoing FROM account WHERE account = ?", account.rawValue) ?? 1
    }

    static func take(_ numbers: Range<Int64>, of account: AccountID, in db: Database) throws {
        guard !numbers.isEmpty else { return }
        try db.run(
            "UPDATE account SET next_outgoing = ? WHERE account = ?", numbers.upperBound, account.rawValue)
    }

    /// Whether a chat has two people or many, as far as is known.
    static func kind(of chat: ChatID, _ account: AccountID, in db: Database) throws -> ChatKind {
        let kind: String? = try db.value(
            "SELECT kind FROM contact WHERE account = ? AND id = ?", account.rawValue, chat.rawValue)
        return kind.flatMap(ChatKind.init) ?? .private
    }

    /// - Parameters:
    ///   - terms: its lifetime counts from when it may leave. Nil: an hour.
    ///   - isFriend: whether the other side of a private chat is in the account's list; nil to look.
    /// - Returns: false if something under its key is there already.
    static func enqueue(
        _ effect: Effect, in chat: (id: ChatID, kind: ChatKind), from origin: Origin, as number: Int64,
        _ account: AccountID, _ terms: SendTerms, isFriend: Bool? = nil, now: Timestamp, in db: Database
    ) throws -> Bool {
        let (kind, text, mentions) = effect.columns
        var due = max(now, terms.notBefore ?? now)
        if let quiet = terms.quiet, quiet.contains(due), !quiet.drops { due = quiet.to }
        let isPlanned = due > now
        // The client id is drawn here, once: seconds and the row's number, so no two rows of an account share one.
        try db.run(
            """
            INSERT INTO outbox (account, number, chat, chat_kind, event, rule, kind, text, mentions,
                client_seconds, client_number, state, due, expires, key, way, priority, planned,
                quiet_from, quiet_to, quiet_drops, broadcast)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'waiting', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (account, key) WHERE key <> '' DO NOTHING
            """,
            account.rawValue, number, chat.id.rawValue, chat.kind.rawValue, origin.event, origin.rule, kind,
            text, mentions, now.seconds, Int64(UInt32(truncatingIfNeeded: number)), due.microseconds,
            (due + (terms.lifetime ?? .seconds(3600))).microseconds, terms.key, effect.way.rawValue,
            terms.priority.rawValue, isPlanned, terms.quiet?.from.microseconds ?? 0,
            terms.quiet?.to.microseconds ?? 0, terms.quiet?.drops ?? false, origin.broadcast)
        guard db.changesCount > 0 else { return false }
        guard !isPlanned else { return true }
        let action = try ActionKind(
            effect: kind, in: chat.kind,
            isFriend: try isFriend ?? Self.isFriend(chat.id, account, in: db))
        try Lane(chat.id.rawValue, effect.way.rawValue, of: account, in: db).join(
            row: number, action, terms.priority, due: due.microseconds)
        return true
    }

    private static func isFriend(_ chat: ChatID, _ account: AccountID, in db: Database) throws -> Bool {
        let isFriend: Int64? = try db.value(
            "SELECT friend FROM contact WHERE account = ? AND id = ?", account.rawValue, chat.rawValue)
        return isFriend ?? 0 != 0
    }
}
