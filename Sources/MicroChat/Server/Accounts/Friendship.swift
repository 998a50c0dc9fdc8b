import DurableSQLite
import GRDB

/// One account's view of another. Each change takes the owner's next contact position, which is what a sync goes by.
enum Friendship {
    static func put(_ contact: Int64, intoListOf owner: Int64, isBlocked: Bool = false, _ db: Database) throws
    {
        try write(contact, owner: owner, isBlocked: isBlocked, isRemoved: false, db)
    }

    static func take(_ contact: Int64, outOfListOf owner: Int64, _ db: Database) throws {
        try write(contact, owner: owner, isBlocked: false, isRemoved: true, db)
    }

    private static func write(
        _ contact: Int64, owner: Int64, isBlocked: Bool, isRemoved: Bool, _ db: Database
    ) throws {
        let next: Int64? = try db.value(
            "UPDATE positions SET contact = contact + 1 WHERE uin = ? RETURNING contact", owner)
        guard let position = next else { return }
        try db.run(
            """
            INSERT OR REPLACE INTO contacts(owner, contact, position, is_blocked, is_removed) VALUES (?, ?, ?, ?, ?)
            """, owner, contact, position, isBlocked, isRemoved)
    }
}
