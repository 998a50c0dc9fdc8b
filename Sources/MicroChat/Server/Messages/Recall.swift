import DurableSQLite
import FoundationEssentials
import GRDB
import MicroChatWire

/// Takes a message back: the others are told which one to hide (MicroChat wire protocol, sections 13.1 and 14.4).
struct Recall {
    /// How long a message can be taken back.
    static let window: Int64 = 120

    let sender: Directory.Account
    /// Field 9 of the request: what the result of the send said.
    let serverID: Int64
    let to: String

    /// Does it, once however often it is asked for.
    func perform(_ edit: inout Edit) throws {
        guard let position = try LogWriter.position(ofServerID: serverID, edit.db) else {
            throw Refusal(.badArgument)
        }
        let rows = try edit.db.rows(
            "SELECT owner, created_at, payload FROM messages WHERE position = ?", position)
        guard let row = try rows.next() else { throw Refusal(.badArgument) }
        let owner: Int32 = row[0]
        let createdAt: Int64 = row[1]
        let message = try Microchat_ChatMessage(plaintext: Array(row[2] as Data))
        guard message.serverID == serverID, createdAt >= edit.now - Self.window else {
            throw Refusal(.badArgument)
        }

        let route = try route(of: message, owner: owner, edit)
        try edit.db.run(
            "INSERT OR IGNORE INTO recalls(server_id, recalled_at) VALUES (?, ?)", serverID, edit.now)
        guard edit.db.changesCount == 1 else { return }
        let letter = Letter(type: .service, content: notice(of: message, chat: to))
        try edit.log.deliver(
            letter, from: Sender(account: sender, shownBy: edit.shownBy), to: to, by: route,
            as: edit.log.draw(), edit.directory)
    }

    /// Where the message went, which is where its recall goes. Another's message, and one that went elsewhere, is
    /// refused like one that does not exist.
    private func route(of message: Microchat_ChatMessage, owner: Int32, _ edit: Edit) throws -> Route {
        let recipient = edit.directory.account(owner)
        if message.sender.value.hasSuffix(Route.roomSuffix) {
            guard message.sender.value == to, message.content.value.hasPrefix(sender.wxid + ":\n") else {
                throw Refusal(.badArgument)
            }
            return .room(try Room(to, for: sender.uin, edit.db).forDirectory)
        }
        guard message.sender.value == sender.wxid, let recipient, recipient.wxid == to || recipient.v1 == to,
            message.type != MessageType.service.rawValue
        else { throw Refusal(.badArgument) }
        return .person(recipient)
    }

    private func notice(of message: Microchat_ChatMessage, chat: String) -> String {
        """
        <sysmsg type="revokemsg"><revokemsg><session>\(ElementText.escaped(chat))</session>\
        <msgid>\(message.messageID)</msgid><newmsgid>\(serverID)</newmsgid>\
        <replacemsg>\(ElementText.escaped("\"\(sender.nick)\" has taken back a message"))</replacemsg>\
        </revokemsg></sysmsg>
        """
    }
}
