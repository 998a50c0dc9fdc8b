import DurableSQLite
import GRDB
package import MicroChatWire

/// How much waits on the server for a device, by kind.
package struct Backlog: Hashable, Sendable {
    /// 1 before the profile has ever been fetched.
    package var profile: Int
    /// Contacts that have changed, or are gone.
    package var contacts: Int
    /// Messages.
    package var messages: Int
}

extension Accounts {
    /// What a device does not have.
    ///
    /// - Parameters:
    ///   - wxid: whose device.
    ///   - key: what the device has stored, or that it has nothing.
    ///   - deviceType: what it calls itself at login (MicroChat wire protocol, section 8.1).
    /// - Returns: nil if there is no such account here.
    package func backlog(
        of wxid: String, after key: MicroChatWire.SyncKey, deviceType: String
    ) async throws -> Backlog? {
        let start = SyncPosition(key)
        let slot = DeviceSlot(deviceType: deviceType.utf8)
        return try await database.read { db in
            let accounts = try db.rows(
                """
                SELECT accounts.uin, message, coalesce(devices.consumed, positions.consumed) FROM accounts
                JOIN positions ON positions.uin = accounts.uin
                LEFT JOIN devices ON devices.uin = accounts.uin AND slot = ?
                WHERE wxid = ? AND removed_at IS NULL
                """, slot.rawValue, wxid)
            guard let row = try accounts.next() else { return nil }
            let device = Device(uin: row[0], slot: slot)
            let consumed: Int64 = row[2]
            let first = start.message == 0 ? consumed : start.message
            return Backlog(
                profile: start.profile < Page.profilePosition ? 1 : 0,
                contacts: try Self.contacts(of: device.uin, after: start.contact, db),
                messages: try Self.messages(of: device, after: first, through: row[1], db))
        }
    }

    private static func contacts(of uin: Int32, after position: Int64, _ db: Database) throws -> Int {
        try db.value(
            """
            SELECT (
                SELECT count(*) FROM contacts WHERE owner = ?1 AND position > ?2 AND (?2 > 0 OR NOT is_removed)
            ) + (
                SELECT count(*) FROM room_members WHERE member = ?1 AND position > ?2 AND (?2 > 0 OR NOT is_gone))
            """, uin, position) ?? 0
    }

    private static func messages(
        of device: Device, after first: Int64, through last: Int64, _ db: Database
    ) throws -> Int {
        guard first < last else { return 0 }
        return try (first >> Page.stretchBits...last >> Page.stretchBits).reduce(0) { count, stretch in
            count
                + (try db.value(
                    """
                    SELECT count(*) FROM messages
                    WHERE position >> 12 = ? AND owner = ? AND position > ? AND sent_by IS NOT ?
                    """, stretch, device.uin, first, device.slot.rawValue) ?? 0)
        }
    }
}
