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
        /// Somebody is in the account's list now who was not.
        case friendAdded(PersonID)
        /// Somebody is no longer in the account's list.
        case friendLost(PersonID)
        /// Something about a room has changed.
        case group(GroupChange)
        /// Somebody called one of the bot's webhooks.
        case webhook(WebhookCall)
        /// Something happened to the bot itself.
        case bot(BotMoment)
        /// A rule said something to the others.
        case emitted(EmittedEvent)
        /// A time has come that a rule named.
        case scheduled(ScheduledTime)
        /// What a rule's run has waited for is there.
        case wake(RunWake)

        /// What it is called in rules and traces.
        public var kind: String {
            switch self {
            case .message(let message): message.content.kind
            case .friendRequest: "friend_request"
            case .recall: "recall"
            case .friendAdded: "friend_added"
            case .friendLost: "friend_lost"
            case .group: "group"
            case .webhook: "webhook"
            case .bot: "bot"
            case .emitted: "event"
            case .scheduled: "schedule"
            case .wake: "wake"
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

/// Something about a room that has changed.
public struct GroupChange: Hashable, Sendable, Codable {
    /// What can change about a room.
    public enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        /// Somebody is in the room now.
        case joined
        /// Somebody is not in the room any more.
        case left
        /// The bot's account is in the room now.
        case invited
        /// The room has another name.
        case renamed
    }

    /// What has changed.
    public var kind: Kind
    /// Who came, went or spoke; empty if nobody is known to have done it.
    public var person: PersonID
    /// The new name of the room, where that is what has changed.
    public var name: String

    /// Something about a room that has changed.
    public init(kind: Kind, person: PersonID = "", name: String = "") {
        self.kind = kind
        self.person = person
        self.name = name
    }
}

/// Something that happened to the bot itself.
public enum BotMoment: String, Hashable, Sendable, Codable, CaseIterable {
    /// The program has started.
    case started
    /// The program is about to end.
    case stopping
    /// An account has logged in.
    case loggedIn = "logged_in"
    /// The session is over, and a new login was needed.
    case sessionExpired = "session_expired"
    /// The network answers too little, and the link is opened anew.
    case poorNetwork = "poor_network"
    /// The network wants the account to do less.
    case slowedDown = "slowed_down"
    /// What the network had slowed down is back at its full speed.
    case recovered
}

/// A time that a rule named.
public struct ScheduledTime: Hashable, Sendable, Codable {
    /// The id of the rule.
    public var rule: String
    /// Which of its triggers, from 0.
    public var trigger: Int
    /// When it was to be, before any jitter.
    public var time: Timestamp

    /// A time that a rule named.
    public init(rule: String, trigger: Int, time: Timestamp) {
        self.rule = rule
        self.trigger = trigger
        self.time = time
    }
}
