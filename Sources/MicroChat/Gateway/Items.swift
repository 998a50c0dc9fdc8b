import BotKit
import MicroChatWire

/// What a page of sync items means in the engine's words (MicroChat wire protocol, sections 11.2 and 13).
struct Items {
    var events: [Event] = []
    var contacts: [Contact] = []
    var removedContacts: [String] = []
    /// Items that could not be read. They are passed over: one broken item must not end all sync.
    var unreadable = 0

    init(_ items: [Microchat_SyncItem], own: PersonID, now: Timestamp) {
        for item in items {
            do throws(WireError) {
                try add(item, own: own, now: now)
            } catch {
                unreadable += 1
            }
        }
    }

    private mutating func add(
        _ item: Microchat_SyncItem, own: PersonID, now: Timestamp
    ) throws(WireError) {
        switch SyncItemKind(rawValue: item.kind) {
        case .contact:
            contacts.append(Contact(try Microchat_Contact(plaintext: item.payload.bytes)))
        case .contactRemoval:
            removedContacts.append(try Microchat_ContactRemoval(plaintext: item.payload.bytes).wxid.value)
        case .message:
            events.append(Event(try Microchat_ChatMessage(plaintext: item.payload.bytes), own: own, now: now))
        default:
            break
        }
    }
}

/// The end of every chat room's name (section 1).
private let roomSuffix = "@chatroom"

extension Contact {
    init(_ contact: Microchat_Contact) {
        let id = contact.wxid.value
        self.init(
            id: id, kind: id.hasSuffix(roomSuffix) ? .group : .private, name: contact.nickName.value,
            remark: contact.remark.value, isFriend: contact.typeBits & 1 != 0)
    }
}

extension Event {
    init(_ message: Microchat_ChatMessage, own: PersonID, now: Timestamp) {
        let sender = message.sender.value
        let isOwn = sender == own.rawValue
        let chat = isOwn ? message.to.value : sender
        var speaker = sender
        var text = message.content.value
        // In rooms the content begins with the speaker, a colon and a line feed (section 13.1).
        if !isOwn, chat.hasSuffix(roomSuffix), let mark = text.firstRange(of: ":\n") {
            speaker = String(text[..<mark.lowerBound])
            text = String(text[mark.upperBound...])
        }
        let type = MessageType(rawValue: message.type)
        self.init(
            id: EventID(message.serverID != 0 ? "\(message.serverID)" : "m\(message.messageID)"),
            chat: ChatID(chat), chatKind: chat.hasSuffix(roomSuffix) ? .group : .private,
            time: message.createTime == 0 ? now : Timestamp(seconds: Int64(message.createTime)),
            body: .message(
                Message(
                    sender: PersonID(speaker),
                    content: type == .text ? .text(text) : .unsupported(kind: "\(type.rawValue)", raw: text),
                    isOwn: isOwn)))
    }
}
