package import BotKit
import DurableSQLite
import GRDB

/// The store, for those who only look: nothing in its folder changes, and a running bot goes on beside it.
package struct ReadOnlyStore: Sendable {
    private let path: String

    /// The store at `path`, which must exist.
    package init(path: String) { self.path = path }

    /// The accounts that have ever run, by name.
    package func accounts() throws -> [AccountID] {
        try read { db in
            try db.all("SELECT account FROM account ORDER BY account") { AccountID($0.text(0)) }
        }
    }

    /// Looks at what happened to an account since then, all of it as it stands at one moment.
    ///
    /// - Parameter body: may be run again, and must not keep the history.
    package func history<Value>(
        of account: AccountID, since: Timestamp, now: Timestamp, _ body: (History) throws -> Value
    ) throws -> Value {
        try read { db in try body(History(of: account, since: since, now: now, in: db)) }
    }

    private func read<Value>(_ body: (Database) throws -> Value) throws -> Value {
        try ReadOnlyDatabase.read(path: path, migrations: Schema.migrations, body)
    }
}
