package import BotKit
import DurableSQLite
import FoundationEssentials
import GRDB

extension Store {
    /// What the gateway of `account` remembers.
    package func memory(of account: AccountID) -> some GatewayMemory {
        AccountMemory(account: account, database: database)
    }
}

private struct AccountMemory: GatewayMemory {
    let account: AccountID
    let database: DurableDatabase

    func load(_ key: String) async throws -> [UInt8]? {
        try await database.read { [account] db in
            let value: Data? = try db.value(
                "SELECT value FROM memory WHERE account = ? AND key = ?", account.rawValue, key)
            return value.map { Array($0) }
        }
    }

    func save(_ bytes: [UInt8]?, as key: String) async throws {
        try await database.write { [account] db in
            guard let bytes else {
                return try db.run("DELETE FROM memory WHERE account = ? AND key = ?", account.rawValue, key)
            }
            try db.run(
                """
                INSERT INTO memory (account, key, value) VALUES (?, ?, ?)
                ON CONFLICT (account, key) DO UPDATE SET value = excluded.value
                """, account.rawValue, key, Data(bytes))
        }
    }
}
