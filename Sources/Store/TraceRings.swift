package import BotKit
import DurableSQLite
import GRDB

/// Of each rule the newest runs are explained; of older ones it is only kept that they were.
extension Store {
    /// Events that one transaction looks at.
    private static let ringPage = 500

    /// Goes through some of the events that were decided since the last time, and shortens what is kept of runs that
    /// have by then fallen out of their rule's ring.
    ///
    /// - Returns: whether there may be more.
    package func trimRings(of account: AccountID, _ retention: Retention) async throws -> Bool {
        try await database.write { db in
            let after: Int64? = try db.value(
                "SELECT ringed_event FROM account WHERE account = ?", account.rawValue)
            let rows = try db.all(
                """
                SELECT number, trace, decided IS NULL FROM event WHERE account = ? AND number > ?
                ORDER BY number LIMIT ?
                """, account.rawValue, after ?? 0, Self.ringPage
            ) { (number: $0.integer(0), trace: $0.text(1), isOpen: $0.bool(2)) }.prefix { !$0.isOpen }
            guard let last = rows.last?.number else { return false }
            var rules: Set<String> = []
            for row in rows {
                for rule in [TraceLine](text: row.trace).started {
                    rules.insert(rule)
                    try db.run(
                        "INSERT OR IGNORE INTO explained_run (account, rule, event) VALUES (?, ?, ?)",
                        account.rawValue, rule, row.number)
                }
            }
            for rule in rules.sorted() {
                try Self.shorten(
                    rule, to: retention.traces[rule] ?? Retention.usualTraces, of: account, in: db)
            }
            try db.run("UPDATE account SET ringed_event = ? WHERE account = ?", last, account.rawValue)
            return rows.count == Self.ringPage
        }
    }

    private static func shorten(_ rule: String, to count: Int, of account: AccountID, in db: Database) throws
    {
        let old = try db.all(
            """
            SELECT r.event, e.id, e.trace FROM explained_run r
            JOIN event e ON e.account = r.account AND e.number = r.event
            WHERE r.account = ? AND r.rule = ? ORDER BY r.event DESC LIMIT -1 OFFSET ?
            """, account.rawValue, rule, count
        ) { (number: $0.integer(0), id: $0.text(1), trace: $0.text(2)) }
        for run in old {
            let lines = [TraceLine](text: run.trace).filter { $0.rule != rule || $0.isStart }
            try db.run(
                "UPDATE event SET trace = ? WHERE account = ? AND number = ?", lines.text, account.rawValue,
                run.number)
            // What the run did after waits. Ids of what wakes it begin with its own; a colon comes before a semicolon.
            try db.run(
                "UPDATE event SET trace = NULL WHERE account = ? AND id > ? AND id < ?", account.rawValue,
                "wake:\(run.id)/\(rule):", "wake:\(run.id)/\(rule);")
            try db.run(
                "DELETE FROM explained_run WHERE account = ? AND rule = ? AND event = ?", account.rawValue,
                rule, run.number)
        }
    }
}

extension TraceLine {
    /// Whether it says that its rule has started.
    package var isStart: Bool { (check == "then" || check == "else") && verdict == .yes }
}

extension [TraceLine] {
    /// The rules that have started.
    fileprivate var started: [String] { filter(\.isStart).map(\.rule) }
}
