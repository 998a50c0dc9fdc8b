/// Something that happened on a network and may be decided about.
public struct Event: Hashable, Sendable {
    /// Unique within the account; the same thing delivered twice has the same id.
    public var id: EventID
    /// Where it happened, and what its decisions are ordered by.
    public var chat: ChatID
    /// Whether that chat has two people or many.
    public var chatKind: ChatKind
    /// When it happened, by the network's clock.
    public var time: Timestamp
    /// What happened.
    public var body: Body

    /// What happened.
    public enum Body: Hashable, Sendable {
        /// Somebody wrote something.
        case message(Message)
    }

    /// Something that happened.
    public init(id: EventID, chat: ChatID, chatKind: ChatKind, time: Timestamp, body: Body) {
        self.id = id
        self.chat = chat
        self.chatKind = chatKind
        self.time = time
        self.body = body
    }
}

/// Whether a chat has two people or many.
public enum ChatKind: String, Hashable, Sendable, Codable {
    /// One other person.
    case `private`
    /// A room of people.
    case group
}

/// What somebody wrote.
public struct Message: Hashable, Sendable {
    /// Who wrote it; in a group the speaker, not the room.
    public var sender: PersonID
    /// What they wrote.
    public var content: Content
    /// True if the bot's own account wrote it, perhaps from another device. Own messages are recorded, never decided.
    public var isOwn: Bool

    /// What somebody wrote.
    public init(sender: PersonID, content: Content, isOwn: Bool = false) {
        self.sender = sender
        self.content = content
        self.isOwn = isOwn
    }
}

/// What a message holds.
public enum Content: Hashable, Sendable {
    /// Plain text, as typed.
    case text(String)
    /// A kind that this version stores and shows but does not understand: the network's name for the kind, and its raw
    /// text.
    case unsupported(kind: String, raw: String)
}
