import DurableSQLite
import FoundationEssentials
import GRDB
import MicroChatWire
import SwiftProtobuf

/// The messages of one request, delivered in the transaction that remembers their results, so that a crash can
/// neither lose nor double one (MicroChat wire protocol, section 14.1).
struct SendBatch: Sendable {
    /// More content than this would make pages too large.
    static let maximumContent = 128 << 10
    /// More messages than this in one request are refused.
    static let maximumMessages = 1000

    let sender: Directory.Account
    let messages: [Microchat_OutgoingMessage]
    let directory: Directory
    /// Seconds since 1970.
    let now: Int64

    /// What came of it.
    struct Outcome: Sendable {
        var results: [Microchat_SendMessageResult] = []
        /// Per account that got something, its newest message.
        var delivered: [Int32: Int64] = [:]
    }

    func deliver(_ db: Database) throws -> Outcome {
        var outcome = Outcome()
        outcome.results.reserveCapacity(messages.count)
        for message in messages {
            var result = Microchat_SendMessageResult()
            result.to = message.to
            result.clientID = message.clientID
            result.createTime = message.createTime
            result.serverTime = UInt32(truncatingIfNeeded: now)
            result.type = message.type
            try decide(message, &result, &outcome, db)
            outcome.results.append(result)
        }
        return outcome
    }

    private func decide(
        _ message: Microchat_OutgoingMessage, _ result: inout Microchat_SendMessageResult,
        _ outcome: inout Outcome,
        _ db: Database
    ) throws {
        let type = MessageType(rawValue: Int32(truncatingIfNeeded: message.type))
        guard type == .text || type == .contactCard, message.content.count <= Self.maximumContent,
            !message.to.value.isEmpty, message.to.value.utf8.count <= 256,
            message.messageSource.utf8.count <= 4096,
            let content = String(validating: message.content, as: UTF8.self)
        else {
            result.code = ResultCode.badArgument.rawValue
            return
        }
        let to = message.to.value
        let clientID = Int64(message.clientID)
        let createTime = Int64(message.createTime)
        let first = try db.rows(
            """
            SELECT code, message_id, server_id FROM sends
            WHERE sender = ? AND recipient = ? AND create_time = ? AND client_id = ?
            """, sender.uin, to, createTime, clientID)
        if let row = try first.next() {
            result.code = row[0]
            result.messageID = UInt32(truncatingIfNeeded: row[1] as Int64)
            result.serverID = row[2]
            return
        }

        var code = ResultCode.ok
        var placed = (position: Int64(0), serverID: Int64(0))
        let recipient = directory.account(wxid: to)
        switch recipient.flatMap(standing) {
        case .friend:
            guard let recipient else { return }
            placed = try put(
                type, content, source: message.messageSource, from: sender.wxid, to: recipient, &outcome, db)
        case .blocked:
            code = .blocked
            let text = "Your message was refused: \(recipient?.nick ?? to) has blocked you."
            _ = try put(.system, text, source: "", from: to, to: sender, &outcome, db)
        case nil:
            code = .verificationNeeded
            let text = "\(recipient?.nick ?? to) has not added you as a friend. Ask to be added first."
            _ = try put(.system, text, source: "", from: to, to: sender, &outcome, db)
        }
        result.code = code.rawValue
        result.messageID = UInt32(truncatingIfNeeded: placed.position)
        result.serverID = placed.serverID
        try db.run(
            """
            INSERT INTO sends(sender, recipient, create_time, client_id, code, message_id, server_id, sent_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """, sender.uin, to, createTime, clientID, code.rawValue, placed.position, placed.serverID, now)
    }

    /// A message to oneself is fine.
    private func standing(of recipient: Directory.Account) -> Directory.Standing? {
        recipient.uin == sender.uin ? .friend : directory.standing(of: sender.uin, inListOf: recipient.uin)
    }

    /// Appends a message to somebody's log.
    private func put(
        _ type: MessageType, _ content: String, source: String, from wxid: String,
        to owner: Directory.Account,
        _ outcome: inout Outcome, _ db: Database
    ) throws -> (position: Int64, serverID: Int64) {
        let next: Int64? = try db.value(
            "UPDATE positions SET message = message + 1 WHERE uin = ? RETURNING message", owner.uin)
        // Removed a moment ago: nobody is there to read it.
        guard let position = next else { return (0, 0) }
        var message = Microchat_ChatMessage()
        message.messageID = position
        message.sender = Microchat_StringBox(wxid)
        message.to = Microchat_StringBox(owner.wxid)
        message.type = type.rawValue
        message.content = Microchat_StringBox(content)
        message.status = 3
        message.imageStatus = 1
        message.createTime = UInt32(truncatingIfNeeded: now)
        if !source.isEmpty { message.messageSource = source }
        // Neither numbers of accounts nor positions are ever used again, so this is unique for good.
        message.serverID = Int64(owner.uin) << 32 | (position & 0xFFFF_FFFF)
        message.sequence = UInt32(truncatingIfNeeded: position)
        let payload: Data = try message.serializedBytes()
        try db.run(
            "INSERT INTO messages(owner, position, created_at, payload) VALUES (?, ?, ?, ?)", owner.uin,
            position, now,
            payload)
        outcome.delivered[owner.uin] = position
        return (position, message.serverID)
    }
}
