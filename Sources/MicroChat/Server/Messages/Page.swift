import DurableSQLite
import FoundationEssentials
import GRDB
import MicroChatWire
import SwiftProtobuf

/// One page of what an account does not have yet: profile, then contacts, then messages.
struct Page: Sendable {
    /// At most this many records (MicroChat wire protocol, section 15).
    static let maximumItems = 200
    /// A page is full at this size, so that no answer comes near a frame's limit.
    static let maximumBytes = 384 << 10
    /// How the index of messages cuts the log.
    static let stretchBits: Int64 = 12
    /// The profile never changes, so it has one position.
    static let profilePosition: Int64 = 1

    private(set) var items: [Microchat_SyncItem] = []
    private(set) var position: SyncPosition
    /// How far the account's records went when the page was read.
    private(set) var end: SyncPosition
    private var size = 0

    /// The kinds of which another page waits.
    var remaining: SyncKinds {
        var kinds: SyncKinds = []
        if position.contact < end.contact { kinds.insert(.contacts) }
        if position.message < end.message { kinds.insert(.messages) }
        return kinds
    }

    /// Reads a page.
    ///
    /// - Parameters:
    ///   - start: what the device has. Message position 0 means from the first unconsumed one.
    ///   - kinds: what it asks for; of other kinds it keeps the position it has.
    ///   - consumed: the newest message that the device is known to have stored.
    ///   - limit: where a first download ends, however much arrives while it runs.
    init(
        of device: Device, from start: SyncPosition, kinds: SyncKinds, consumed: Int64,
        limit: SyncPosition? = nil, pictures: PictureAddresses, _ db: Database
    ) throws {
        let known = try db.rows("SELECT contact, message FROM positions WHERE uin = ?", device.uin)
        let row = try known.next()
        end = start
        if kinds.contains(.profile) { end.profile = Self.profilePosition }
        if kinds.contains(.contacts) { end.contact = row?[0] ?? 0 }
        if kinds.contains(.messages) { end.message = row?[1] ?? 0 }
        if let limit {
            end.contact = min(end.contact, limit.contact)
            end.message = min(end.message, limit.message)
        }
        position = SyncPosition(
            profile: start.profile, contact: min(start.contact, end.contact),
            message: min(start.message, end.message))

        if position.profile < end.profile { try readProfile(device.uin, db) }
        position.profile = end.profile
        if position.contact < end.contact {
            try readContacts(device.uin, ContactCards(pictures: pictures, db: db))
        }
        guard kinds.contains(.messages), position.contact == end.contact else { return }
        let firstMissing = position.message == 0 ? consumed : position.message
        if firstMissing < end.message {
            try readMessages(of: device, after: firstMissing, db)
        } else {
            position.message = end.message
        }
    }

    /// A page of messages at hand.
    init(_ messages: some Sequence<Mailbox.Message>, end: SyncPosition, for slot: DeviceSlot) {
        self.end = end
        position = end
        var last = end.message
        for message in messages {
            if isFull {
                position.message = last
                return
            }
            if message.sentBy != slot { append(.message, message.payload) }
            last = message.position
        }
    }

    private var isFull: Bool { items.count >= Self.maximumItems || size >= Self.maximumBytes }

    private mutating func append(_ kind: SyncItemKind, _ payload: Data) {
        var item = Microchat_SyncItem()
        item.kind = kind.rawValue
        item.payload.length = UInt32(clamping: payload.count)
        item.payload.data = payload
        items.append(item)
        size += payload.count + 16
    }

    private mutating func readProfile(_ uin: Int32, _ db: Database) throws {
        let rows = try db.rows("SELECT wxid, nick, name FROM accounts WHERE uin = ?", uin)
        guard let row = try rows.next() else { return }
        var profile = Microchat_SelfProfile()
        profile.wxid = Microchat_StringBox(row[0])
        profile.nickName = Microchat_StringBox(row[1])
        profile.alias = row[2]
        append(.profile, try profile.serializedBytes())
    }

    private mutating func readContacts(_ uin: Int32, _ cards: ContactCards) throws {
        // Somebody who starts from the beginning need not hear of contacts that are gone.
        let room = Self.maximumItems - items.count
        let rows = try cards.db.rows(
            """
            SELECT position, FALSE, contact, is_removed FROM contacts
            WHERE owner = ?1 AND position > ?2 AND position <= ?3 AND (?2 > 0 OR NOT is_removed)
            UNION ALL
            SELECT position, TRUE, room, is_gone FROM room_members
            WHERE member = ?1 AND position > ?2 AND position <= ?3 AND (?2 > 0 OR NOT is_gone)
            ORDER BY 1 LIMIT ?4
            """, uin, position.contact, end.contact, room)
        var changed: [(position: Int64, isRoom: Bool, id: Int64, isGone: Bool)] = []
        while let row = try rows.next() { changed.append((row[0], row[1], row[2], row[3])) }
        for change in changed {
            if isFull { return }
            let contact =
                change.isRoom
                ? try cards.room(change.id)
                : try cards.person(Int32(truncatingIfNeeded: change.id), of: uin)
            position.contact = change.position
            guard let contact else { continue }
            if change.isGone {
                var removal = Microchat_ContactRemoval()
                removal.wxid = contact.wxid
                append(.contactRemoval, try removal.serializedBytes())
            } else {
                append(.contact, try contact.serializedBytes())
            }
        }
        if changed.count < room { position.contact = end.contact }
    }

    private mutating func readMessages(of device: Device, after first: Int64, _ db: Database) throws {
        // One stretch of the log after the other; each costs a search in the index, whether it holds anything or not.
        for stretch in (first >> Self.stretchBits)...(end.message >> Self.stretchBits) {
            let rows = try db.rows(
                """
                SELECT position, payload FROM messages
                WHERE position >> 12 = ? AND owner = ? AND position > ? AND position <= ? AND sent_by IS NOT ?
                ORDER BY position
                """, stretch, device.uin, first, end.message, device.slot.rawValue)
            while let row = try rows.next() {
                if isFull { return }
                append(.message, row[1])
                position.message = row[0]
            }
        }
        position.message = end.message
    }
}
