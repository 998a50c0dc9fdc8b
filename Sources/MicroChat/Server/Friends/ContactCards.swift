import DurableSQLite
import GRDB
import MicroChatWire

/// Contacts and rooms as an account is shown them (MicroChat wire protocol, section 13.2).
struct ContactCards {
    /// What a contact's type bits say.
    enum TypeBits {
        static let listed: UInt32 = 0b0001
        static let blocked: UInt32 = 0b1000
    }

    let pictures: PictureAddresses
    let db: Database

    /// A person: whole if in the owner's list, or the owner; else nick name and picture.
    func person(_ uin: Int32, of owner: Int32) throws -> Microchat_Contact? {
        let rows = try db.rows(
            """
            SELECT wxid, nick, name, v1, picture, contacts.owner IS NOT NULL AND NOT is_removed, is_blocked, remark,
            source FROM accounts LEFT JOIN contacts ON owner = ? AND contact = uin WHERE uin = ?
            """, owner, uin)
        guard let row = try rows.next() else { return nil }
        var contact = Microchat_Contact()
        contact.wxid = Microchat_StringBox(row[0])
        contact.nickName = Microchat_StringBox(row[1])
        setPicture(row[4], of: &contact)
        let isListed: Bool = row[5]
        let isBlocked: Bool = row[6] ?? false
        contact.typeBits = (isListed ? TypeBits.listed : 0) | (isBlocked ? TypeBits.blocked : 0)
        guard isListed || uin == owner else { return contact }
        contact.alias = row[2]
        contact.v1Name = row[3]
        let remark: String = row[7] ?? ""
        if !remark.isEmpty { contact.remark = Microchat_StringBox(remark) }
        if let source: UInt32 = row[8], source != 0 { contact.source = source }
        return contact
    }

    /// A room with its members.
    func room(_ id: Int64) throws -> Microchat_Contact? {
        let rows = try db.rows(
            """
            SELECT rooms.wxid, topic, accounts.wxid, version, rooms.picture
            FROM rooms JOIN accounts ON uin = owner WHERE id = ?
            """, id)
        guard let row = try rows.next() else { return nil }
        var contact = Microchat_Contact()
        contact.wxid = Microchat_StringBox(row[0])
        contact.nickName = Microchat_StringBox(row[1])
        contact.typeBits = TypeBits.listed
        contact.chatRoomNotify = 1
        contact.chatRoomOwner = row[2]
        contact.chatRoomVersion = row[3]
        contact.chatRoomMaxMembers = UInt32(Room.maximumMembers)
        setPicture(row[4], of: &contact)
        contact.members.entries = try members(of: id)
        contact.members.count = UInt32(contact.members.entries.count)
        return contact
    }

    private func members(of id: Int64) throws -> [Microchat_ChatRoomMember] {
        let rows = try db.rows(
            """
            SELECT accounts.wxid, accounts.nick, display_name, inviters.wxid
            FROM room_members JOIN accounts ON accounts.uin = member
            LEFT JOIN accounts AS inviters ON inviters.uin = invited_by
            WHERE room = ? AND NOT is_gone ORDER BY place
            """, id)
        var members: [Microchat_ChatRoomMember] = []
        while let row = try rows.next() {
            var member = Microchat_ChatRoomMember()
            member.wxid = row[0]
            member.nickName = row[1]
            let displayName: String = row[2]
            if !displayName.isEmpty { member.displayName = displayName }
            if let inviter: String = row[3] { member.invitedBy = inviter }
            members.append(member)
        }
        return members
    }

    private func setPicture(_ digest: String, of contact: inout Microchat_Contact) {
        guard !digest.isEmpty else { return }
        contact.bigHeadURL = pictures.big(digest)
        contact.smallHeadURL = pictures.small(digest)
    }
}
