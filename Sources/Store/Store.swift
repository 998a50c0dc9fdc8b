package import BotKit
import DurableSQLite

/// The hand-off between what arrived, what was decided and what leaves. The one place with SQL.
///
/// Each verb is one transaction: it happened as a whole and is on disk when it returns, or it did not happen.
package final class Store: Sendable {
    let database: DurableDatabase

    /// Opens the file, or makes it.
    package init(path: String) throws {
        database = try DurableDatabase(path: path, migrations: Schema.migrations)
    }

    /// Takes up `account` where the last process left it.
    ///
    /// What was leased then may have left: it becomes `unknown`, due at once under its old client id. Limits that have
    /// run out are forgotten.
    package func open(_ account: AccountID, now: Timestamp) async throws {
        try await database.write { db in
            let account = account.rawValue
            try db.run("INSERT INTO account (account) VALUES (?) ON CONFLICT DO NOTHING", account)
            // What is in the journal already came when the account was new to this store.
            try db.run(
                """
                UPDATE account SET first_day = coalesce(
                    (SELECT received FROM event WHERE account = ?1 ORDER BY number LIMIT 1), ?2)
                WHERE account = ?1 AND first_day = 0
                """, account, now.microseconds)
            try db.run("UPDATE account SET link = 'offline', link_reason = '' WHERE account = ?", account)
            // What would show a second time is not repeated: the owner decides.
            let once = Effect.unrepeatableKinds.sorted().map { "'\($0)'" }.joined(separator: ", ")
            try db.run(
                """
                UPDATE outbox INDEXED BY outbox_open
                SET state = 'failed', settled = ?, doubtful = 1,
                    reason = 'the process ended before the answer came, and nobody knows whether it happened'
                WHERE account = ? AND chat IN (SELECT chat FROM lane WHERE account = ? AND due IS NULL)
                    AND settled IS NULL AND planned = 0 AND state = 'leased' AND kind IN (\(once))
                """, now.microseconds, account, account)
            try db.run(
                """
                UPDATE outbox INDEXED BY outbox_open
                SET state = 'unknown', reason = 'the process ended before the answer came'
                WHERE account = ? AND chat IN (SELECT chat FROM lane WHERE account = ? AND due IS NULL)
                    AND settled IS NULL AND planned = 0 AND state = 'leased'
                """, account, account)
            try db.run(
                "UPDATE lane SET due = ? WHERE account = ? AND due IS NULL", now.microseconds, account)
            try db.run("DELETE FROM limiter WHERE account = ? AND arrival < ?", account, now.microseconds)
        }
    }
}
