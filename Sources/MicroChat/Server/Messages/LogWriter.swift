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
        let position: Int64
        let serverID: Int64
        let payload: Data
    }

    /// Everything appended, for the mailboxes once it is on disk.
    private(set) var appended: [Appended] = []
    private let db: Database
    private let now: Int64
    private let serverIDs: Int64
    private var position: Int64

    /// Draws as many positions as there may be messages; those not needed stay unused.
    init(reserving count: Int, now: Int64, _ db: Database) throws {
        let rows = try db.rows(
            "UPDATE sequence SET position = position + ? RETURNING position, server_ids", count)
        let row = try rows.next()
        position = (row?[0] ?? 0) - Int64(count)
        serverIDs = row?[1] ?? 0
        self.now = now
        self.db = db
    }

    /// Appends a message to somebody's log.
    ///
    /// - Returns: nil if the account was removed a moment ago: nobody is there to read it.
    mutating func append(
        _ type: MessageType, _ content: String, source: String = "", from sender: String,
        to owner: Directory.Account
    ) throws -> Appended? {
        position += 1
        try db.run("UPDATE positions SET message = ? WHERE uin = ?", position, owner.uin)
        guard db.changesCount == 1 else { return nil }
        var message = Microchat_ChatMessage()
        message.messageID = position
        message.sender = Microchat_StringBox(sender)
        message.to = Microchat_StringBox(owner.wxid)
        message.type = type.rawValue
        message.content = Microchat_StringBox(content)
        message.status = 3
        message.imageStatus = 1
        message.createTime = UInt32(truncatingIfNeeded: now)
        if !source.isEmpty { message.messageSource = source }
        message.serverID = serverIDs | position
        message.sequence = UInt32(truncatingIfNeeded: position)
        let payload: Data = try message.serializedBytes()
        try db.run(
            "INSERT INTO messages(position, owner, created_at, payload) VALUES (?, ?, ?, ?)", position,
            owner.uin, now,
            payload)
        let new = Appended(owner: owner.uin, position: position, serverID: message.serverID, payload: payload)
        appended.append(new)
        return new
    }
}
