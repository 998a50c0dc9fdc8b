package import BotKit
import DurableSQLite
import Foundation
import GRDB

/// Where a broadcast stands.
package enum BroadcastState: String, Sendable {
    /// Its recipients are being put down.
    case gathering
    /// It waits for somebody to say yes.
    case approval
    /// It is on its way.
    case sending
    /// Everybody has it, or never will.
    case done
    /// Its owner ended it.
    case cancelled
    /// Its time ran out.
    case expired

    /// Whether nothing more leaves of it.
    package var hasEnded: Bool { [.done, .cancelled, .expired].contains(self) }
}

/// How many recipients are where.
package struct BroadcastCounts: Hashable, Sendable {
    package var total = 0
    /// In the outbox.
    package var queued = 0
    package var sent = 0
    package var failed = 0
    /// Who opted out meanwhile, or whose message was cancelled or came too late.
    package var leftOut = 0

    package init() {}

    /// Nothing has been done for them yet.
    package var waiting: Int { max(0, total - queued - sent - failed - leftOut) }
}

/// A broadcast as it is stored.
package struct StoredBroadcast: Sendable {
    package var account: AccountID
    package var number: Int64
    package var order: BroadcastOrder
    /// The event that the rule decided about.
    package var event: Int64
    package var state: BroadcastState
    /// Whether nothing leaves for now; then `reason` says why.
    package var isPaused: Bool
    package var reason: String
    package var began: Timestamp
    package var ended: Timestamp?
    /// When the next one may leave, as far as the broadcast's own pace goes.
    package var arrival: Timestamp
    package var counts: BroadcastCounts
    /// What has come to an end since it was last set going, and how much of that failed.
    package var tried: Int
    package var erred: Int

    /// Whether so much has failed that nothing more should leave. A few failures among the first say nothing yet.
    package var isFailing: Bool {
        tried >= min(10, max(1, counts.total)) && Double(erred) > Double(tried) * order.mostFailures
    }
}

extension StoredBroadcast {
    static func all(
        _ condition: String, _ arguments: [(any Bindable)?], in db: Database
    ) throws -> [StoredBroadcast] {
        try db.all(
            """
            SELECT account, number, rule, key, event, audience, kind, text, plan, approver, most_failures, expires,
                report, state, paused, reason, began, ended, arrival, total, queued, sent, failed, left_out, tried, erred
            FROM broadcast \(condition)
            """, arguments: arguments, read: StoredBroadcast.init)
    }

    private init(_ row: Columns) {
        account = AccountID(row.text(0))
        number = row.integer(1)
        let content = row.text(6).isEmpty ? nil : Content(kind: row.text(6), text: row.text(7))
        order = BroadcastOrder(
            rule: row.text(2), key: row.text(3), audience: Audience(json: row.text(5)), content: content,
            plan: row.text(8), approver: row.text(9), mostFailures: row.real(10),
            expires: row.isNull(11) ? nil : Timestamp(microseconds: row.integer(11)),
            report: ChatID(row.text(12)))
        event = row.integer(4)
        state = BroadcastState(rawValue: row.text(13)) ?? .cancelled
        isPaused = row.bool(14)
        reason = row.text(15)
        began = Timestamp(microseconds: row.integer(16))
        ended = row.isNull(17) ? nil : Timestamp(microseconds: row.integer(17))
        arrival = Timestamp(microseconds: row.integer(18))
        counts = BroadcastCounts()
        counts.total = Int(row.integer(19))
        counts.queued = Int(row.integer(20))
        counts.sent = Int(row.integer(21))
        counts.failed = Int(row.integer(22))
        counts.leftOut = Int(row.integer(23))
        tried = Int(row.integer(24))
        erred = Int(row.integer(25))
    }
}

extension StoredBroadcast {
    /// The broadcast with this number; nil if there is none any more.
    static func numbered(_ number: Int64, of account: AccountID, in db: Database) throws -> StoredBroadcast? {
        try all("WHERE account = ? AND number = ?", [account.rawValue, number], in: db).first
    }
}

extension BroadcastOrder {
    /// Writes it down; nothing more happens in the transaction, however many it goes to.
    ///
    /// - Returns: false if one under its key has been there before.
    func save(for account: AccountID, event: Int64, now: Timestamp, in db: Database) throws -> Bool {
        let (kind, text) = content?.columns ?? ("", "")
        try db.run(
            """
            INSERT INTO broadcast (account, number, rule, key, event, audience, kind, text, plan, approver,
                most_failures, expires, report, began)
            SELECT ?1, coalesce(max(number), 0) + 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13
            FROM broadcast WHERE account = ?1
            ON CONFLICT (account, key) DO NOTHING
            """, account.rawValue, rule, key, event, audience.json, kind, text, plan, approver, mostFailures,
            expires?.microseconds, report.rawValue, now.microseconds)
        return db.changesCount > 0
    }
}

extension StoredState {
    /// Whether there has been a broadcast under this name.
    package func hasBroadcast(_ key: String) throws -> Bool {
        let found: Int64? = try db.value(
            "SELECT 1 FROM broadcast WHERE account = ? AND key = ?", account.rawValue, key)
        return found != nil
    }
}

extension Store {
    /// Broadcasts that have not ended, the oldest first.
    package func openBroadcasts(of account: AccountID) async throws -> [StoredBroadcast] {
        try await database.read { db in
            try StoredBroadcast.all(
                "INDEXED BY broadcast_open WHERE account = ? AND ended IS NULL ORDER BY number",
                [account.rawValue], in: db)
        }
    }

    /// Broadcasts of all accounts, the newest first.
    package func broadcasts(limit: Int) async throws -> [StoredBroadcast] {
        try await database.read { db in
            try StoredBroadcast.all("ORDER BY began DESC, number DESC LIMIT ?", [limit], in: db)
        }
    }

    /// The broadcasts of any account with this number.
    package func broadcasts(_ number: Int64) async throws -> [StoredBroadcast] {
        try await database.read { db in
            try StoredBroadcast.all("WHERE number = ?", [number], in: db)
        }
    }
}

extension Audience {
    fileprivate var json: String {
        (try? JSONEncoder().encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }

    /// What cannot be read any more is nobody.
    fileprivate init(json: String) {
        self = (try? JSONDecoder().decode(Audience.self, from: Data(json.utf8))) ?? Audience()
    }
}
