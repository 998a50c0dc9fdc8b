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
        let isRoom = id.hasSuffix(roomSuffix)
        let members = contact.members.entries.map {
            RoomMember(
                person: PersonID($0.wxid), name: $0.displayName.isEmpty ? $0.nickName : $0.displayName)
        }
        self.init(
            id: id, kind: isRoom ? .group : .private, name: contact.nickName.value,
            remark: contact.remark.value, alias: contact.alias, isFriend: contact.typeBits & 0b0001 != 0,
            isBlocked: contact.typeBits & 0b1000 != 0,
            members: isRoom && contact.hasMembers ? members : nil)
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
        let body =
            Event.Body(service: type, text, from: PersonID(speaker))
            ?? .message(
                Message(
                    sender: PersonID(speaker), content: Content(type, text), isOwn: isOwn,
                    mentions: mentions(inSource: message.messageSource)))
        // A friend request comes from a service account; what is decided about it is the person's matter.
        let place = if case .friendRequest(let request) = body { request.person.rawValue } else { chat }
        self.init(
            id: EventID(message.serverID != 0 ? "\(message.serverID)" : "m\(message.messageID)"),
            chat: ChatID(place), chatKind: place.hasSuffix(roomSuffix) ? .group : .private,
            time: message.createTime == 0 ? now : Timestamp(seconds: Int64(message.createTime)),
            body: body)
    }
}
