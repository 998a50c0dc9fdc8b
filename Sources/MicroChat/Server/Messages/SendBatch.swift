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
    /// What goes to rooms in one request, counted in copies: others want to write too.
    static let maximumCopies = 5000
    /// Longer sources are refused.
    static let maximumSource = 4096

    let account: Directory.Account
    /// The one of the account's devices that sends.
    let slot: DeviceSlot
    let messages: [Microchat_OutgoingMessage]
    let directory: Directory
    let mailboxes: Mailboxes
    /// Seconds since 1970.
    let now: Int64

    /// What came of it.
    struct Outcome: Sendable {
        /// One per message, in order.
        let results: [Microchat_SendMessageResult]
        /// What the server has to know once it is on disk.
        let changes: Changes
    }

    func deliver(_ db: Database) throws -> Outcome {
        // Asked in the transaction: a device that comes later begins behind what is written here.
        let isShown = mailboxes.hasDevices(besides: Device(uin: account.uin, slot: slot))
        let sender = Sender(account: account, shownBy: isShown ? slot : nil)
        var log = LogWriter(now: now, db)
        try log.reserve(isShown ? 2 * messages.count : messages.count)
        var results: [Microchat_SendMessageResult] = []
        results.reserveCapacity(messages.count)
        var copies = 0
        for message in messages {
            var result = Microchat_SendMessageResult()
            if message.to.value.utf8.count <= Self.maximumName { result.to = message.to }
            result.clientID = message.clientID
            result.createTime = message.createTime
            result.serverTime = UInt32(truncatingIfNeeded: now)
            result.type = message.type
            try decide(message, from: sender, &result, &copies, &log, db)
            results.append(result)
        }
        return Outcome(results: results, changes: Changes(position: log.end, delivered: log.appended))
    }

    private func decide(
        _ message: Microchat_OutgoingMessage, from sender: Sender,
        _ result: inout Microchat_SendMessageResult, _ copies: inout Int, _ log: inout LogWriter,
        _ db: Database
    ) throws {
        guard let letter = Self.letter(in: message) else {
            result.code = ResultCode.badArgument.rawValue
            return
        }
        let to = message.to.value
        let route = Route(from: account, to: to, directory)
        copies += route.copies
        guard copies <= Self.maximumCopies else {
            result.code = ResultCode.tooOften.rawValue
            return
        }
        let id = try log.draw()
        result.code = route.code.rawValue
        if route.code == .ok {
            result.messageID = UInt32(truncatingIfNeeded: id.position)
            result.serverID = id.serverID
        }
        guard try remember(message, result, db) else { return try recall(message, &result, db) }
        try log.deliver(letter, from: sender, to: to, by: route, as: id, directory)
    }

    /// What can be delivered of a message; nil if it cannot.
    private static func letter(in message: Microchat_OutgoingMessage) -> Letter? {
        let type = MessageType(rawValue: Int32(truncatingIfNeeded: message.type))
        guard type == .text || type == .contactCard, message.content.count <= maximumContent,
            !message.to.value.isEmpty, message.to.value.utf8.count <= maximumName,
            message.messageSource.utf8.count <= maximumSource,
            let content = String(validating: message.content, as: UTF8.self)
        else { return nil }
        return Letter(type: type, content: content, source: message.messageSource)
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
            """, account.uin, message.to.value, Int64(message.createTime), Int64(message.clientID),
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
            """, Int64(message.createTime), account.uin, Int64(message.clientID), message.to.value)
        guard let row = try rows.next() else { return }
        result.code = row[0]
        result.messageID = UInt32(truncatingIfNeeded: row[1] as Int64)
        result.serverID = row[2]
    }
}
