import DurableSQLite
import FoundationEssentials
import GRDB
import MicroChatWire

/// The messages of one request, delivered in the transaction that remembers their results, so that a crash can
/// neither lose nor double one (MicroChat wire protocol, section 14.1).
struct SendBatch: Sendable {
    /// More content than this would make pages too large.
    static let maximumContent = 128 << 10
    /// Longer names are nobody's, and are not repeated in results.
    static let maximumName = 256
    /// More messages than this in one request are refused.
    static let maximumMessages = 1000

    let sender: Directory.Account
    /// The one of the sender's devices that sends.
    let slot: DeviceSlot
    let messages: [Microchat_OutgoingMessage]
    let directory: Directory
    let mailboxes: Mailboxes
    /// Seconds since 1970.
    let now: Int64
    /// What a client may send as it is; what the server itself composes has other types.
    var types: [MessageType] = [.text, .contactCard]
    /// A small picture that goes with each message.
    var thumbnail = Data()

    /// What came of it.
    struct Outcome: Sendable {
        /// One per message, in order.
        let results: [Microchat_SendMessageResult]
        /// What has to reach mailboxes once it is on disk.
        let delivered: [LogWriter.Appended]
    }

    func deliver(_ db: Database) throws -> Outcome {
        // Asked in the transaction: a device that comes later begins behind what is written here.
        let isShown = mailboxes.hasDevices(besides: Device(uin: sender.uin, slot: slot))
        var log = try LogWriter(reserving: isShown ? 2 * messages.count : messages.count, now: now, db)
        var results: [Microchat_SendMessageResult] = []
        results.reserveCapacity(messages.count)
        for message in messages {
            var result = Microchat_SendMessageResult()
            if message.to.value.utf8.count <= Self.maximumName { result.to = message.to }
            result.clientID = message.clientID
            result.createTime = message.createTime
            result.serverTime = UInt32(truncatingIfNeeded: now)
            result.type = message.type
            try decide(message, isShown: isShown, &result, &log, db)
            results.append(result)
        }
        return Outcome(results: results, delivered: log.appended)
    }

    private func decide(
        _ message: Microchat_OutgoingMessage, isShown: Bool, _ result: inout Microchat_SendMessageResult,
        _ log: inout LogWriter, _ db: Database
    ) throws {
        guard let content = content(of: message) else {
            result.code = ResultCode.badArgument.rawValue
            return
        }
        let to = message.to.value
        let recipient = directory.account(wxid: to)
        let code = code(for: recipient)
        let id = log.draw()
        result.code = code.rawValue
        if code == .ok {
            result.messageID = UInt32(truncatingIfNeeded: id.position)
            result.serverID = id.serverID
        }
        guard try remember(message, result, db) else { return try recall(message, &result, db) }
        if let recipient, code == .ok {
            let type = MessageType(rawValue: Int32(truncatingIfNeeded: message.type))
            try log.append(
                type, content, source: message.messageSource, thumbnail: thumbnail, from: sender.wxid,
                to: recipient, as: id)
            // What an account sends to itself all its devices get anyway.
            if isShown, recipient.uin != sender.uin {
                try log.append(
                    type, content, source: message.messageSource, thumbnail: thumbnail, sentBy: slot,
                    of: sender, to: recipient.wxid, like: id)
            }
        } else {
            try log.append(
                .system, Self.explanation(of: code, name: recipient?.nick ?? to), from: to, to: sender, as: id
            )
        }
    }

    private static func explanation(of code: MicroChatWire.ResultCode, name: String) -> String {
        code == .blocked
            ? "Your message was refused: \(name) has blocked you."
            : "\(name) has not added you as a friend. Ask to be added first."
    }

    /// The text of a message that can be delivered; nil if it cannot.
    private func content(of message: Microchat_OutgoingMessage) -> String? {
        let type = MessageType(rawValue: Int32(truncatingIfNeeded: message.type))
        guard types.contains(type), message.content.count <= Self.maximumContent,
            !message.to.value.isEmpty, message.to.value.utf8.count <= Self.maximumName,
            message.messageSource.utf8.count <= 4096
        else { return nil }
        return String(validating: message.content, as: UTF8.self)
    }

    /// Whether a message to somebody would be delivered.
    func code(for recipient: Directory.Account?) -> MicroChatWire.ResultCode {
        switch recipient.flatMap(standing) {
        case .friend?: .ok
        case .blocked?: .blocked
        case nil: .verificationNeeded
        }
    }

    /// A message to oneself is fine.
    private func standing(of recipient: Directory.Account) -> Directory.Standing? {
        recipient.uin == sender.uin ? .friend : directory.standing(of: sender.uin, inListOf: recipient.uin)
    }

    /// Writes down the result.
    ///
    /// - Returns: false if there is one already: this is a repetition.
    private func remember(
        _ message: Microchat_OutgoingMessage, _ result: Microchat_SendMessageResult, _ db: Database
    ) throws -> Bool {
        try db.run(
            """
            INSERT INTO sends(sender, recipient, create_time, client_id, code, message_id, server_id, sent_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
            """, sender.uin, message.to.value, Int64(message.createTime), Int64(message.clientID),
            result.code,
            Int64(result.messageID), result.serverID, now)
        return db.changesCount == 1
    }

    /// Takes over the first result of a repetition.
    private func recall(
        _ message: Microchat_OutgoingMessage, _ result: inout Microchat_SendMessageResult, _ db: Database
    ) throws {
        let rows = try db.rows(
            """
            SELECT code, message_id, server_id FROM sends
            WHERE create_time = ? AND sender = ? AND client_id = ? AND recipient = ?
            """, Int64(message.createTime), sender.uin, Int64(message.clientID), message.to.value)
        guard let row = try rows.next() else { return }
        result.code = row[0]
        result.messageID = UInt32(truncatingIfNeeded: row[1] as Int64)
        result.serverID = row[2]
    }
}
