import DurableSQLite
import GRDB
import MicroChatWire

/// A message whose client names it by text: app messages and emoticons (MicroChat wire protocol, sections 14.2, 14.3).
/// The result is remembered as for others, so that a repetition gets the first one.
struct NamedSend {
    /// Longer names are refused.
    static let maximumClientID = 128

    let call: Call
    let to: String
    let createTime: UInt32
    let clientID: String
    let letter: Letter

    struct Result: Sendable {
        let code: Int32
        let messageID: UInt32
        let serverID: Int64
    }

    func deliver(from sender: Directory.Account, _ edit: inout Edit) throws -> Result {
        guard !to.isEmpty, to.utf8.count <= SendBatch.maximumName,
            clientID.utf8.count <= Self.maximumClientID,
            letter.content.utf8.count <= SendBatch.maximumContent,
            letter.source.utf8.count <= SendBatch.maximumSource
        else { throw Refusal(.badArgument) }
        if let first = try first(from: sender, edit.db) { return first }
        let route = Route(from: sender, to: to, edit.directory)
        let id = try edit.log.draw()
        let isSent = route.code == .ok
        let result = Result(
            code: route.code.rawValue, messageID: isSent ? UInt32(truncatingIfNeeded: id.position) : 0,
            serverID: isSent ? id.serverID : 0)
        // Without a name nobody could tell a repetition from another message.
        if !clientID.isEmpty { try remember(result, from: sender, edit) }
        try edit.log.deliver(
            letter, from: Sender(account: sender, shownBy: edit.shownBy), to: to, by: route, as: id,
            edit.directory)
        return result
    }

    /// What became of it when it was sent before; nil if it was not.
    func first(from sender: Directory.Account, _ db: Database) throws -> Result? {
        let rows = try db.rows(
            """
            SELECT code, message_id, server_id FROM named_sends
            WHERE sender = ? AND client_id = ? AND recipient = ? AND create_time = ? AND call = ?
            """, sender.uin, clientID, to, Int64(createTime), call.name)
        return try rows.next().map {
            Result(code: $0[0], messageID: UInt32(truncatingIfNeeded: $0[1] as Int64), serverID: $0[2])
        }
    }

    private func remember(_ result: Result, from sender: Directory.Account, _ edit: Edit) throws {
        try edit.db.run(
            """
            INSERT INTO named_sends(
                sender, call, recipient, create_time, client_id, code, message_id, server_id, sent_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """, sender.uin, call.name, to, createTime, clientID, result.code, result.messageID,
            result.serverID,
            edit.now)
    }
}
