package import BotKit
import DurableSQLite
import GRDB

/// What the owner can do with rows of the outbox.
package enum OutboxChange: Hashable, Sendable {
    /// Try again: at once if it waits, anew if it had ended without being sent.
    case retry
    /// The same with another text.
    case edit(text: String)
    /// It is not to leave.
    case cancel
    /// Forget it; only what has ended.
    case drop
}

/// What became of a change to many rows.
package struct OutboxChanged: Hashable, Sendable {
    /// How many rows were changed.
    package var count = 0
    /// Rows that were left alone, with the reason; the first few.
    package var refusals: [Refusal] = []
    /// How many were left alone.
    package var refused = 0

    package struct Refusal: Hashable, Sendable {
        package var number: Int64
        package var reason: String
    }
}

extension Store {
    /// Rows that are changed in one transaction.
    private static let page = 500

    /// Does something with all rows that a filter means, a few hundred a transaction. Works beside a running bot, which
    /// notices.
    ///
    /// - Parameters:
    ///   - mayDouble: whether what may have been delivered may leave once more under a new id.
    ///   - lifetime: how long what is tried again stays worth doing.
    package func change(
        _ filter: OutboxFilter, _ change: OutboxChange, mayDouble: Bool = false,
        lifetime: Duration = .seconds(3600), now: Timestamp
    ) async throws -> OutboxChanged {
        var changed = OutboxChanged()
        var last: (account: String, number: Int64)? = ("", 0)
        while let after = last {
            let (page, next) = try await database.write { db in
                let rows = try Self.rows(filter, after: after, limit: Self.page, in: db)
                var page = OutboxChanged()
                for row in rows {
                    let desk = OwnersDesk(
                        row: row, mayDouble: mayDouble, lifetime: lifetime, now: now, db: db)
                    if let reason = desk.refusal(of: change) {
                        page.refused += 1
                        page.refusals.append(OutboxChanged.Refusal(number: row.number, reason: reason))
                    } else {
                        try desk.perform(change)
                        page.count += 1
                    }
                }
                return (
                    page, rows.count < Self.page ? nil : rows.last.map { ($0.account.rawValue, $0.number) }
                )
            }
            changed.count += page.count
            changed.refused += page.refused
            changed.refusals += page.refusals.prefix(max(0, 20 - changed.refusals.count))
            last = next
        }
        return changed
    }

    private static func rows(
        _ filter: OutboxFilter, after: (account: String, number: Int64), limit: Int, in db: Database
    ) throws -> [OwnersDesk.Row] {
        try db.all(
            """
            SELECT o.account, o.number, o.chat, o.chat_kind, o.kind, o.way, o.state, o.doubtful, o.planned,
                o.priority, o.first_attempt, \(Lane.isFriend.replacing("contact c", with: "contact f")
                    .replacing("c.", with: "f."))
            FROM outbox o LEFT JOIN contact c ON c.account = o.account AND c.id = o.chat
            WHERE \(OutboxFilter.condition) AND (o.account, o.number) > (?8, ?9)
            ORDER BY o.account, o.number LIMIT ?10
            """, filter.account?.rawValue, filter.number, OutboxFilter.listed(filter.states), filter.chat,
            filter.rule, OutboxFilter.listed(filter.kinds), filter.before?.seconds, after.account,
            after.number,
            limit, read: OwnersDesk.Row.init)
    }
}

/// Where one row is changed by its owner's order, within a transaction.
private struct OwnersDesk {
    let row: Row
    let mayDouble: Bool
    let lifetime: Duration
    let now: Timestamp
    let db: Database

    struct Row {
        let account: AccountID
        let number: Int64
        let chat: String
        let chatKind: ChatKind
        let effect: String
        let way: String
        let state: String
        let isDoubtful: Bool
        let isPlanned: Bool
        let priority: Priority
        let firstAttempt: Timestamp?
        let isFriend: Bool

        init(_ row: Columns) {
            account = AccountID(row.text(0))
            number = row.integer(1)
            chat = row.text(2)
            chatKind = ChatKind(rawValue: row.text(3)) ?? .private
            effect = row.text(4)
            way = row.text(5)
            state = row.text(6)
            isDoubtful = row.bool(7)
            isPlanned = row.bool(8)
            priority = Priority(rawValue: Int(row.integer(9))) ?? .normal
            firstAttempt = row.isNull(10) ? nil : Timestamp(microseconds: row.integer(10))
            isFriend = row.bool(11)
        }
    }

    private var hasEnded: Bool { ["sent", "failed", "expired", "cancelled"].contains(row.state) }

    /// Whether repeating it under its id is safe: the network still knows the id, and goes by it.
    private var isKnown: Bool {
        guard let first = row.firstAttempt, !Effect.unrepeatableKinds.contains(row.effect) else {
            return false
        }
        return now < first + Store.repeatWindow
    }

    /// Why it can't be done; nil if it can.
    func refusal(of change: OutboxChange) -> String? {
        if row.state == "leased" { return "it is on its way" }
        switch change {
        case .drop: return hasEnded ? nil : "it has not ended: cancel it first"
        case .cancel: return hasEnded ? "it is \(row.state) already" : nil
        case .retry:
            if row.state == "sent" { return "it was sent" }
            if row.isDoubtful, !isKnown, !mayDouble { return Self.doubt }
            return nil
        case .edit:
            if row.effect != "text" { return "it is no text" }
            if row.state == "sent" { return "it was sent" }
            if row.isDoubtful || row.state == "unknown", !mayDouble { return Self.doubt }
            return nil
        }
    }

    private static let doubt = "it may have been delivered, and could be doubled"

    func perform(_ change: OutboxChange) throws {
        let account = row.account.rawValue
        switch change {
        case .drop:
            try db.run("DELETE FROM outbox WHERE account = ? AND number = ?", account, row.number)
            try db.run("DELETE FROM attempt WHERE account = ? AND number = ?", account, row.number)
        case .cancel:
            let isUnknown = row.state == "unknown"
            _ = try Store.end(
                row.number, row.account, as: "cancelled",
                reason: isUnknown ? "an attempt before that may have been delivered" : "",
                isDoubtful: isUnknown, now: now, in: db)
            try lane.wakeIfIdle(now: now)
        case .retry:
            // Under its old id it stays what may have left.
            try reopen(as: row.isDoubtful && isKnown || row.state == "unknown" ? "unknown" : "waiting")
        case .edit(let text):
            try db.run(
                "UPDATE outbox SET text = ? WHERE account = ? AND number = ?", text, account, row.number)
            try reopen(as: "waiting")
        }
    }

    private var lane: Lane { Lane(row.chat, row.way, of: row.account, in: db) }

    /// Puts it back into its chat's lane, where its number says.
    private func reopen(as state: String) throws {
        try db.run(
            """
            UPDATE outbox SET state = ?, settled = NULL, reason = '', server_id = '', answer = '', doubtful = 0,
                planned = 0, due = ?, expires = ?
            WHERE account = ? AND number = ?
            """, state, now.microseconds, (now + lifetime).microseconds, row.account.rawValue, row.number)
        if state == "waiting" { try Store.renameID(of: row.number, row.account, now: now, in: db) }
        let broadcast: Int64? = try db.value(
            "SELECT broadcast FROM outbox WHERE account = ? AND number = ?", row.account.rawValue, row.number)
        if let broadcast, broadcast != 0 {
            try Recipient(id: row.chat, of: broadcast, row.account, in: db).become(.queued)
        }
        let kind = ActionKind(effect: row.effect, in: row.chatKind, isFriend: row.isFriend)
        try lane.join(row: row.number, kind, row.priority, due: now.microseconds)
        try lane.wakeIfIdle(now: now)
    }
}
