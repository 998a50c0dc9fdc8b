import BotKit

/// A person or a room as a rules file names one: by id, by remark, or by the name they gave themselves.
struct Reference: Hashable, Sendable {
    let name: String

    /// Whether it means the thing with this id, which is this contact if it is known.
    func means(id: String, _ contact: Contact?) -> Bool {
        if name == id { return true }
        guard let contact else { return false }
        return name == contact.name || name == contact.remark
    }
}

/// Where a message must have been written.
struct Place: Sendable {
    /// The kinds of chat that will do, whatever the chat.
    var kinds: Set<ChatKind> = []
    /// The chats that will do, whatever their kind.
    var chats: [Reference] = []

    func contains(_ event: Event, chat: Contact?) -> Bool {
        kinds.contains(event.chatKind) || chats.contains { $0.means(id: event.chat.rawValue, chat) }
    }
}
