package import BotKit
import DurableSQLite
import GRDB

extension Store {
    /// Runs may begin by rules for so long after others are kept here.
    private static let exchange = Duration.seconds(60)

    /// Keeps what the rules files say from now on, so that runs that begin by it can end by it. What no run that has not
    /// ended can have begun by is forgotten.
    ///
    /// - Parameters:
    ///   - hash: the same for the same files.
    ///   - files: in any form that the caller reads again.
    package func keepRules(_ files: String, hash: String, of account: AccountID, now: Timestamp) async throws
    {
        try await database.write { db in
            let account = account.rawValue
            try db.run(
                "UPDATE rules_text SET until = ? WHERE account = ? AND until IS NULL AND hash <> ?",
                now.microseconds, account, hash)
            try db.run(
                """
                INSERT INTO rules_text (account, hash, files, since) VALUES (?, ?, ?, ?)
                ON CONFLICT (account, hash) DO UPDATE SET until = NULL
                """, account, hash, files, now.microseconds)
            try db.run(
                """
                DELETE FROM rules_text WHERE account = ?1 AND until IS NOT NULL AND NOT EXISTS
                    (SELECT 1 FROM waiting_run WHERE account = ?1 AND began BETWEEN since AND until + ?2)
                """, account, Self.exchange.microseconds)
        }
    }

    /// What the rules files said before, as far as runs that have not ended may have begun by it.
    package func formerRules(of account: AccountID) async throws -> [String] {
        try await database.read { db in
            try db.all(
                """
                SELECT files FROM rules_text WHERE account = ? AND until IS NOT NULL
                    AND EXISTS (SELECT 1 FROM waiting_run WHERE account = ?)
                """, account.rawValue, account.rawValue
            ) { $0.text(0) }
        }
    }
}
