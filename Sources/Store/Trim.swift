package import BotKit
import DurableSQLite
import GRDB

/// What is kept, and for how long.
package struct Retention: Hashable, Sendable {
    /// Rows of the outbox that have ended.
    package var settled = Duration.seconds(90 * 86_400)
    /// The same, by their number: older ones go however young they are.
    package var settledCount: Int64 = 1_000_000
    /// When which rule started. No shorter than any rule asks.
    package var runs = Duration.seconds(90 * 86_400)
    /// Why no rule reacted to something.
    package var misses = Duration.seconds(7 * 86_400)

    /// How many runs of a rule are explained, for rules where that is not `usualTraces`.
    package var traces: [String: Int] = [:]

    /// How many runs of a rule are explained as a rule.
    package static let usualTraces = 50

    package init() {}
}

extension Store {
    /// Rows that one transaction looks at: few enough that nobody notices.
    private static let page = 500

    /// Removes some of what has ended long ago, the oldest first.
    ///
    /// - Parameter number: where the last call came to.
    /// - Returns: where the next call goes on; nil if there is no more to remove.
    package func trimOutbox(
        of account: AccountID, after number: Int64, _ retention: Retention, now: Timestamp
    ) async throws -> Int64? {
        try await database.write { db in
            let rows = try db.all(
                """
                SELECT number, settled FROM outbox WHERE account = ? AND number > ? ORDER BY number LIMIT ?
                """, account.rawValue, number, Self.page
            ) { (number: $0.integer(0), settled: $0.isNull(1) ? nil : $0.integer(1)) }
            let oldest = (now + (.zero - retention.settled)).microseconds
            let first = try Self.nextOutgoing(of: account, in: db) - retention.settledCount
            var hasYoung = false
            for row in rows {
                guard let settled = row.settled else { continue }
                guard settled < oldest || row.number < first else {
                    hasYoung = true
                    continue
                }
                try db.run(
                    "DELETE FROM outbox WHERE account = ? AND number = ?", account.rawValue, row.number)
                try db.run(
                    "DELETE FROM attempt WHERE account = ? AND number = ?", account.rawValue, row.number)
            }
            // What comes after something young has ended later, but for what waited: its turn comes.
            return hasYoung || rows.count < Self.page ? nil : rows.last?.number
        }
    }

    /// Removes a broadcast that has ended long ago, or some of its recipients.
    ///
    /// - Returns: whether there may be more.
    package func trimBroadcasts(
        of account: AccountID, _ retention: Retention, now: Timestamp
    ) async throws -> Bool {
        try await database.write { db in
            let number: Int64? = try db.value(
                "SELECT number FROM broadcast WHERE account = ? AND ended < ? ORDER BY number LIMIT 1",
                account.rawValue, (now + (.zero - retention.settled)).microseconds)
            guard let number else { return false }
            try db.run(
                """
                DELETE FROM recipient WHERE account = ?1 AND broadcast = ?2 AND id IN
                    (SELECT id FROM recipient WHERE account = ?1 AND broadcast = ?2 ORDER BY id LIMIT ?3)
                """, account.rawValue, number, 10 * Self.page)
            if db.changesCount < 10 * Self.page {
                try db.run(
                    "DELETE FROM broadcast WHERE account = ? AND number = ?", account.rawValue, number)
            }
            return true
        }
    }

    /// Removes some of the oldest starts of rules.
    ///
    /// - Returns: whether there may be more.
    package func trimRuns(of account: AccountID, _ retention: Retention, now: Timestamp) async throws -> Bool
    {
        try await database.write { db in
            let oldest = (now + (.zero - retention.runs)).microseconds
            var removed = 0
            var rule: String? = try db.value("SELECT min(rule) FROM run WHERE account = ?", account.rawValue)
            while let name = rule, removed < Self.page {
                try db.run(
                    """
                    DELETE FROM run WHERE account = ?1 AND rule = ?2 AND event IN
                        (SELECT event FROM run INDEXED BY run_by_rule
                         WHERE account = ?1 AND rule = ?2 AND time < ?3 ORDER BY time LIMIT ?4)
                    """, account.rawValue, name, oldest, Self.page - removed)
                removed += db.changesCount
                rule = try db.value(
                    "SELECT min(rule) FROM run WHERE account = ? AND rule > ?", account.rawValue, name)
            }
            return removed >= Self.page
        }
    }

    /// Removes some of the oldest traces of events to which no rule reacted.
    ///
    /// - Returns: whether there may be more.
    package func trimTraces(of account: AccountID, _ retention: Retention, now: Timestamp) async throws
        -> Bool
    {
        try await database.write { db in
            let oldest = (now + (.zero - retention.misses)).microseconds
            // Up to the first that is young: what comes after it is hardly older.
            let after: Int64? = try db.value(
                "SELECT trimmed_event FROM account WHERE account = ?", account.rawValue)
            let rows = try db.all(
                """
                SELECT number, trace, EXISTS (SELECT 1 FROM outbox o INDEXED BY outbox_by_event
                    WHERE o.account = e.account AND o.event = e.number AND o.event <> 0), decided
                FROM event e WHERE account = ? AND number > ? ORDER BY number LIMIT ?
                """, account.rawValue, after ?? 0, Self.page
            ) { row in
                (
                    number: row.integer(0), trace: row.text(1), hasActed: row.bool(2),
                    decided: row.isNull(3) ? .max : row.integer(3)
                )
            }.prefix { $0.decided < oldest }
            guard let last = rows.last?.number else { return false }
            for row in rows where !row.trace.isEmpty && !row.hasActed {
                guard [TraceLine](text: row.trace).isMiss else { continue }
                try db.run(
                    "UPDATE event SET trace = NULL WHERE account = ? AND number = ?", account.rawValue,
                    row.number)
            }
            try db.run("UPDATE account SET trimmed_event = ? WHERE account = ?", last, account.rawValue)
            return rows.count == Self.page
        }
    }

    /// Removes counts that are too old, and rates that have run out.
    package func trimCounts(of account: AccountID, now: Timestamp) async throws {
        try await database.write { db in
            let oldest = (now.seconds - Tally.kept.components.seconds) / Tally.hour
            try db.run("DELETE FROM tally WHERE account = ? AND hour < ?", account.rawValue, oldest)
            try db.run(
                "DELETE FROM limiter WHERE account = ? AND arrival < ?", account.rawValue, now.microseconds)
        }
    }
}

extension [TraceLine] {
    /// Whether every rule that was looked at has said no.
    fileprivate var isMiss: Bool {
        Set(map(\.rule)).subtracting(filter { $0.verdict == .no }.map(\.rule)).allSatisfy(\.isEmpty)
    }
}
