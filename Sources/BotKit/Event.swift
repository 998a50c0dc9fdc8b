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
        /// Somebody wants to be a friend.
        case friendRequest(FriendRequest)
        /// Somebody took a message back.
        case recall(Recall)

        /// What it is called in rules and traces.
        public var kind: String {
            switch self {
            case .message(let message): message.content.kind
            case .friendRequest: "friend_request"
            case .recall: "recall"
            }
        }
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
    /// Who is addressed by name, in a group.
    public var mentions: [PersonID]

    /// What somebody wrote.
    public init(sender: PersonID, content: Content, isOwn: Bool = false, mentions: [PersonID] = []) {
        self.sender = sender
        self.content = content
        self.isOwn = isOwn
        self.mentions = mentions
    }
}

/// Somebody's wish to be a friend.
public struct FriendRequest: Hashable, Sendable, Codable {
    /// Who asks.
    public var person: PersonID
    /// The name they show.
    public var name: String
    /// What they wrote with it.
    public var greeting: String
    /// How they found the account, in the network's own words or numbers.
    public var source: String
    /// What the gateway needs to answer it. Opaque.
    public var token: String

    /// Somebody's wish to be a friend.
    public init(person: PersonID, name: String, greeting: String, source: String, token: String) {
        self.person = person
        self.name = name
        self.greeting = greeting
        self.source = source
        self.token = token
    }
}

/// A message taken back.
public struct Recall: Hashable, Sendable, Codable {
    /// Who took it back.
    public var person: PersonID
    /// The event that the message was.
    public var message: EventID
    /// What the network says about it, for people.
    public var notice: String

    /// A message taken back.
    public init(person: PersonID, message: EventID, notice: String = "") {
        self.person = person
        self.message = message
        self.notice = notice
    }
}
