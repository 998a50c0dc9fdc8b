package import BotKit
import DurableSQLite
import FoundationEssentials

extension Store {
    /// What the gateway of `account` keeps for itself.
    package func memory(of account: AccountID) -> some GatewayMemory {
        Memory(account: account.rawValue, database: database)
    }
}

private struct Memory: GatewayMemory {
    let account: String
    let database: DurableDatabase

    func load(_ key: String) async throws -> [UInt8]? {
        try await database.read { [account] db in
            let data: Data? = try db.value(
                "SELECT value FROM memory WHERE account = ? AND key = ?", account, key)
            return data.map { [UInt8]($0) }
        }
    }

    func save(_ bytes: [UInt8]?, as key: String) async throws {
        try await database.write { [account] db in
            guard let bytes else {
                return try db.run("DELETE FROM memory WHERE account = ? AND key = ?", account, key)
            }
            try db.run(
                "INSERT OR REPLACE INTO memory (account, key, value) VALUES (?, ?, ?)", account, key,
                Data(bytes))
        }
    }
}
