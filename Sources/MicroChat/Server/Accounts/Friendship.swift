import DurableSQLite
import GRDB

/// One account's view of another. Each change takes the owner's next contact position, which is what a sync goes by.
enum Friendship {
    /// What is written down of it.
    struct Entry: Equatable, Sendable {
        var isRemoved = false
        var isBlocked = false
        var remark = ""
        /// How they came to know each other (MicroChat wire protocol, section 13.2).
        var source: UInt32 = 0

        /// In the list, and messages are welcome.
        var isFriend: Bool { !isRemoved && !isBlocked }
    }

    static func put(_ contact: Int64, intoListOf owner: Int64, isBlocked: Bool = false, _ db: Database) throws
    {
        var entry = try entry(of: contact, owner: owner, db) ?? Entry()
        entry.isRemoved = false
        entry.isBlocked = isBlocked
        try write(entry, of: contact, owner: owner, db)
    }

    static func take(_ contact: Int64, outOfListOf owner: Int64, _ db: Database) throws {
        try write(Entry(isRemoved: true), of: contact, owner: owner, db)
    }

    static func entry(of contact: Int64, owner: Int64, _ db: Database) throws -> Entry? {
        let rows = try db.rows(
            "SELECT is_removed, is_blocked, remark, source FROM contacts WHERE owner = ? AND contact = ?",
            owner,
            contact)
        return try rows.next().map {
            Entry(isRemoved: $0[0], isBlocked: $0[1], remark: $0[2], source: $0[3])
        }
    }

    static func drawPosition(of owner: Int64, _ db: Database) throws -> Int64? {
        try db.value("UPDATE positions SET contact = contact + 1 WHERE uin = ? RETURNING contact", owner)
    }

    static func write(
        _ entry: Entry, of contact: Int64, owner: Int64, position: Int64, _ db: Database
    ) throws {
        try db.run(
            """
            INSERT OR REPLACE INTO contacts(owner, contact, position, is_blocked, is_removed, remark, source)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """, owner, contact, position, entry.isBlocked, entry.isRemoved, entry.remark, entry.source)
    }

    private static func write(_ entry: Entry, of contact: Int64, owner: Int64, _ db: Database) throws {
        guard let position = try drawPosition(of: owner, db) else { return }
        try write(entry, of: contact, owner: owner, position: position, db)
    }
}
