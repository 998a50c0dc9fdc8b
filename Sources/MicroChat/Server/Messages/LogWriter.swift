import DurableSQLite
import FoundationEssentials
import GRDB
import MicroChatWire
import SwiftProtobuf

/// Appends messages to the log, in the transaction of one request.
struct LogWriter {
    /// A message in somebody's log.
    struct Appended: Sendable {
        let owner: Int32
        let message: Mailbox.Message

        var audience: Audience { Audience(uin: owner, excluded: message.sentBy) }
    }

    /// The devices that a message is for: all of an account's but perhaps one.
    struct Audience: Hashable {
        let uin: Int32
        let excluded: DeviceSlot?
    }

    /// What a message is known by: its place in the log, and what all copies of it have in common.
    struct ID: Sendable {
        let position: Int64
        let serverID: Int64
    }

    /// Everything appended, for the mailboxes once it is on disk.
    private(set) var appended: [Appended] = []
    private let db: Database
    private let now: Int64
    private var serverIDs: Int64 = 0
    private var position: Int64 = 0
    /// The last position taken from the database, 0 if none was.
    private(set) var end: Int64 = 0

    init(now: Int64, _ db: Database) {
        self.now = now
        self.db = db
    }

    /// Sees to it that this many positions can be drawn without asking again; those not needed stay unused.
    mutating func reserve(_ count: Int) throws {
        let missing = Int64(count) - (end - position)
        guard missing > 0 else { return }
        // Two statements, and each message takes them: RETURNING would build a table for its one row.
        try db.run("UPDATE sequence SET position = position + ?", missing)
        let drawn = try db.all("SELECT position, server_ids FROM sequence") { row in
            (position: row.integer(0), serverIDs: row.integer(1))
        }
        guard let drawn = drawn.first else { return }
        // Once drawn, the transaction has the sequence for itself: what comes next follows.
        if end == 0 { position = drawn.position - missing }
        end = drawn.position
        serverIDs = drawn.serverIDs
    }

    /// The next position and the server id that goes with it, which no other message has.
    mutating func draw() throws -> ID {
        try reserve(1)
        position += 1
        return ID(position: position, serverID: serverIDs | position)
    }

    /// Where the first copy of a message is in the log; nil if the id is not one of this database's.
    static func position(ofServerID serverID: Int64, _ db: Database) throws -> Int64? {
        let serverIDs: Int64 = try db.value("SELECT server_ids FROM sequence") ?? 0
        let position = serverID & positionMask
        return serverID > 0 && serverIDs | position == serverID ? position : nil
    }

    /// What a server id leaves to the position.
    private static let positionMask: Int64 = (1 << 40) - 1

    /// Appends a message to somebody's log. If the account was removed a moment ago nothing happens: nobody is there to
    /// read it.
    mutating func append(
        _ type: MessageType, _ content: String, source: String = "", thumbnail: Data = Data(),
        from sender: String, to owner: Directory.Account, as id: ID
    ) throws {
        try append(
            type, content, source, thumbnail, from: sender, to: owner.wxid, owner: owner, sentBy: nil, as: id)
    }

    /// Shows what one device of an account has sent to its other devices
    /// (docs/protocol-extensions.md, "More than one device").
    ///
    /// - Parameter original: what the recipient got: it is the same message, so it has the same server id.
    mutating func append(
        _ type: MessageType, _ content: String, source: String = "", thumbnail: Data = Data(),
        sentBy slot: DeviceSlot, of owner: Directory.Account, to recipient: String, like original: ID
    ) throws {
        let id = ID(position: try draw().position, serverID: original.serverID)
        try append(
            type, content, source, thumbnail, from: owner.wxid, to: recipient, owner: owner, sentBy: slot,
            as: id)
    }

    private mutating func append(
        _ type: MessageType, _ content: String, _ source: String, _ thumbnail: Data, from sender: String,
        to recipient: String, owner: Directory.Account, sentBy slot: DeviceSlot?, as id: ID
    ) throws {
        try db.run("UPDATE positions SET message = ? WHERE uin = ?", id.position, owner.uin)
        guard db.changesCount == 1 else { return }
        var message = Microchat_ChatMessage()
        message.messageID = id.position
        message.sender = Microchat_StringBox(sender)
        message.to = Microchat_StringBox(recipient)
        message.type = type.rawValue
        message.content = Microchat_StringBox(content)
        message.status = 3
        message.imageStatus = 1
        message.createTime = UInt32(truncatingIfNeeded: now)
        if !source.isEmpty { message.messageSource = source }
        if !thumbnail.isEmpty { message.imageBuffer = Microchat_BytesBox(Array(thumbnail)) }
        message.serverID = id.serverID
        message.sequence = UInt32(truncatingIfNeeded: id.position)
        let payload: Data = try message.serializedBytes()
        try db.run(
            "INSERT INTO messages(position, owner, created_at, payload, sent_by) VALUES (?, ?, ?, ?, ?)",
            id.position, owner.uin, now, payload, slot?.rawValue)
        appended.append(
            Appended(
                owner: owner.uin,
                message: Mailbox.Message(position: id.position, payload: payload, sentBy: slot)))
    }
}
