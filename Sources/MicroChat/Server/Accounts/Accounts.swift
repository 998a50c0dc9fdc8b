package import DurableSQLite
import GRDB
import MicroChatWire

/// Who has an account. Works inside a running server and beside it, on the same file: the server notices.
package struct Accounts: Sendable {
    let database: DurableDatabase
    let changed: @Sendable () async throws -> Void

    /// The accounts in a database.
    ///
    /// - Parameter changed: called after each change; a server needs no call for what other processes do.
    package init(
        database: DurableDatabase, changed: @escaping @Sendable () async throws -> Void = {}
    ) {
        self.database = database
        self.changed = changed
    }

    /// Adds an account that is a friend of others, who are told at once if they are connected.
    ///
    /// - Throws: `AccountError`; then nothing has changed.
    @discardableResult
    package func add(
        name: String, nick: String? = nil, password: String, friends: [String] = [], isBot: Bool = false
    ) async throws -> AccountSummary {
        guard Self.isName(name) else { throw AccountError.badName(name) }
        let password = try PasswordHash(of: PasswordDigest(password: password))
        let alphabet: StaticString = "abcdefghijklmnopqrstuvwxyz0123456789"
        let wxid = "wxid_" + String(decoding: Randomness.characters(14, from: alphabet), as: UTF8.self)
        let v1 =
            "v1_" + String(decoding: Randomness.characters(40, from: alphabet), as: UTF8.self) + "@stranger"
        let uin = try await database.write { db in
            guard
                try db.value("SELECT uin FROM accounts WHERE name = ? AND removed_at IS NULL", name) as Int64?
                    == nil
            else { throw AccountError.nameTaken(name) }
            try db.run(
                """
                INSERT INTO accounts(name, wxid, v1, nick, salt, password, is_bot, created_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, unixepoch())
                """, name, wxid, v1, nick ?? name, password.salt.blob, password.hash.blob, isBot)
            let uin = db.lastInsertedRowID
            // What was said before it came is not for it to look through.
            try db.run("INSERT INTO positions(uin, consumed) SELECT ?, position FROM sequence", uin)
            for friend in Set(friends).subtracting([name]) {
                let other: Int64? = try db.value(
                    "SELECT uin FROM accounts WHERE name = ? AND removed_at IS NULL", friend)
                guard let other else { throw AccountError.unknownFriend(friend) }
                try Friendship.put(other, intoListOf: uin, db)
                try Friendship.put(uin, intoListOf: other, db)
            }
            return uin
        }
        try await changed()
        return AccountSummary(
            name: name, wxid: wxid, uin: Int32(truncatingIfNeeded: uin), nick: nick ?? name, isBot: isBot,
            friends: Set(friends).subtracting([name]).sorted())
    }

    /// All accounts, oldest first.
    package func list() async throws -> [AccountSummary] {
        try await database.read { db in
            var friends: [Int64: [String]] = [:]
            let pairs = try db.rows(
                """
                SELECT contacts.owner, accounts.name FROM contacts JOIN accounts ON accounts.uin = contacts.contact
                WHERE NOT contacts.is_removed AND accounts.removed_at IS NULL ORDER BY accounts.name
                """)
            while let row = try pairs.next() { friends[row[0], default: []].append(row[1]) }
            let rows = try db.rows(
                "SELECT uin, name, wxid, nick, is_bot FROM accounts WHERE removed_at IS NULL ORDER BY uin")
            var summaries: [AccountSummary] = []
            while let row = try rows.next() {
                let uin: Int64 = row[0]
                summaries.append(
                    AccountSummary(
                        name: row[1], wxid: row[2], uin: Int32(truncatingIfNeeded: uin), nick: row[3],
                        isBot: row[4],
                        friends: friends[uin] ?? []))
            }
            return summaries
        }
    }

    /// Removes an account and its place in others' lists. Its session ends.
    ///
    /// - Throws: `AccountError.unknownAccount`.
    package func remove(name: String) async throws {
        try await database.write { db in
            let found: Int64? = try db.value(
                "SELECT uin FROM accounts WHERE name = ? AND removed_at IS NULL", name)
            guard let uin = found else { throw AccountError.unknownAccount(name) }
            let owners = try db.rows("SELECT owner FROM contacts WHERE contact = ? AND NOT is_removed", uin)
            var others: [Int64] = []
            while let row = try owners.next() { others.append(row[0]) }
            for other in others { try Friendship.take(uin, outOfListOf: other, db) }
            var edit = Edit(db, directory: .empty, now: 0)
            let member = Int32(truncatingIfNeeded: uin)
            for var room in try Room.all(of: member, db) {
                try room.leave(member, &edit)
                try room.publish(&edit)
            }
            // Its messages and results go when they are old: the upkeep finds them to be nobody's.
            try db.run("DELETE FROM contacts WHERE owner = ?", uin)
            try db.run("DELETE FROM positions WHERE uin = ?", uin)
            try db.run("DELETE FROM devices WHERE uin = ?", uin)
            try db.run(
                """
                UPDATE accounts SET removed_at = unixepoch(), password = x'', salt = x'', picture = ''
                WHERE uin = ?
                """, uin)
            for table in ["tickets WHERE holder", "tickets WHERE subject", "text_checks WHERE uin"] {
                try db.run("DELETE FROM \(table) = ?", uin)
            }
        }
        try await changed()
    }

    /// Blocks a friend, or no longer does: messages from a blocked friend are refused.
    package func setBlocked(_ isBlocked: Bool, friend: String, of name: String) async throws {
        try await database.write { db in
            let sql = "SELECT uin FROM accounts WHERE name = ? AND removed_at IS NULL"
            guard let owner: Int64 = try db.value(sql, name) else { throw AccountError.unknownAccount(name) }
            guard let other: Int64 = try db.value(sql, friend) else {
                throw AccountError.unknownFriend(friend)
            }
            try Friendship.put(other, intoListOf: owner, isBlocked: isBlocked, db)
        }
        try await changed()
    }

    private static func isName(_ name: String) -> Bool {
        (1...32).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}
