/// One thing that an account can do on its network. Which chat, person or room it concerns stands beside it.
public enum Effect: Hashable, Sendable {
    /// Send a message, addressing these people by name.
    case send(Content, mentions: [PersonID] = [])
    /// Take back a message that the account sent.
    case recall(SentMessage)
    /// Ask somebody to be a friend; where no approval is needed they are at once.
    case requestFriend(FriendWish)
    /// Say yes to somebody's wish to be a friend.
    case acceptFriend(FriendRequest)
    /// Say no to it.
    case declineFriend(FriendRequest)
    /// Give somebody a name of one's own; empty takes it away.
    case setRemark(String)
    /// Refuse what somebody sends, or no longer.
    case setBlocked(Bool)
    /// Take somebody out of one's list.
    case removeFriend
    /// Make a room.
    case createRoom(topic: String, members: [PersonID])
    /// Add people to a room.
    case invite([PersonID])
    /// Post a notice in a room; for its owner only.
    case announce(String)
    /// Give a room another name.
    case renameRoom(String)
    /// Show another name of one's own in a room.
    case setOwnRoomName(String)
    /// Leave a room.
    case leaveRoom
    /// Look for somebody by account name, phone number or what else the network searches by: `FoundPerson`.
    case search(String)
    /// Fetch what the network knows of these people and rooms: `[Contact]`.
    case fetchContacts([String])
    /// Fetch the picture that the person or room beside this shows, into the gateway's `MediaStore`: `Media`.
    case fetchPicture
    /// Enter the room that those nearby enter who say the same: `CreatedRoom`.
    case enterRoom(Rendezvous)
    /// Fetch the bytes of something that came in, into the gateway's `MediaStore`.
    case fetchMedia(Media)
    /// Call somebody else's webhook. No network's: the engine does it itself.
    case callWebhook(WebhookRequest)
}

extension Effect {
    /// The effect's name in the outbox; a message goes by its content's.
    public var kind: String {
        switch self {
        case .send(let content, _): content.kind
        case .recall: "recall"
        case .requestFriend: "request_friend"
        case .acceptFriend: "accept_friend"
        case .declineFriend: "decline_friend"
        case .setRemark: "set_remark"
        case .setBlocked: "set_blocked"
        case .removeFriend: "remove_friend"
        case .createRoom: "create_room"
        case .invite: "invite"
        case .announce: "announce"
        case .renameRoom: "rename_room"
        case .setOwnRoomName: "set_own_room_name"
        case .leaveRoom: "leave_room"
        case .search: "search"
        case .fetchContacts: "fetch_contacts"
        case .fetchPicture: "fetch_picture"
        case .enterRoom: "enter_room"
        case .fetchMedia: "fetch_media"
        case .callWebhook: "call_webhook"
        }
    }

    /// True if doing it a second time would show: nothing tells the network that it is a repetition. Such an attempt is
    /// never repeated unless it certainly had no effect.
    public var isUnrepeatable: Bool { Self.unrepeatableKinds.contains(kind) }

    /// True if it may take so long that nothing else should wait for it.
    public var isSlow: Bool {
        switch self {
        case .send(let content, _): content.media != nil
        case .fetchMedia, .fetchPicture, .callWebhook: true
        default: false
        }
    }

    /// Which way it leaves.
    public var way: Way { if case .callWebhook = self { .webhook } else { .network } }

    /// A way out. What leaves one way never waits for what leaves another.
    public enum Way: String, Hashable, Sendable, Codable {
        /// The account's network, through its gateway.
        case network
        /// Other people's webhooks, whether or not the account is connected.
        case webhook
    }

    /// The kinds of unrepeatable effects.
    public static let unrepeatableKinds: Set = ["create_room", "announce"]
}

extension Content {
    /// The content's name in the outbox and in rules.
    public var kind: String {
        switch self {
        case .text: "text"
        case .link: "link"
        case .card: "card"
        case .emoji: "emoji"
        case .image: "image"
        case .voice: "voice"
        case .video: "video"
        case .file: "file"
        case .system: "system"
        case .unsupported: "unsupported"
        }
    }
}

/// A message that the account sent, by all names that a network may want.
public struct SentMessage: Hashable, Sendable, Codable {
    /// The sender's own name for it.
    public var clientID: ClientMessageID
    /// The network's.
    public var serverID: String

    /// A message that the account sent.
    public init(clientID: ClientMessageID, serverID: String) {
        self.clientID = clientID
        self.serverID = serverID
    }
}

/// What people who stand together tell the network, each for themselves, to come into one room.
public struct Rendezvous: Hashable, Sendable, Codable {
    /// Four digits.
    public var code: String
    /// Where they are, in degrees to the east.
    public var longitude: Float
    /// Where they are, in degrees to the north.
    public var latitude: Float

    /// What people who stand together say.
    public init(code: String, longitude: Float = 0, latitude: Float = 0) {
        self.code = code
        self.longitude = longitude
        self.latitude = latitude
    }
}

/// The account's own wish to be somebody's friend.
public struct FriendWish: Hashable, Sendable, Codable {
    /// The person as the network found them: `FoundPerson.token`.
    public var token: String
    /// What to write with it.
    public var greeting: String

    /// The account's own wish to be somebody's friend.
    public init(token: String, greeting: String) {
        self.token = token
        self.greeting = greeting
    }
}

/// Somebody found by a search.
public struct FoundPerson: Hashable, Sendable, Codable {
    /// The name they show.
    public var name: String
    /// What they can be searched by; empty if the network does not say.
    public var alias: String
    /// Who they are, if they are a friend already; a stranger has no id yet.
    public var person: PersonID?
    /// What the gateway needs to ask them to be a friend. Opaque, short-lived.
    public var token: String

    /// Somebody found by a search.
    public init(name: String, alias: String, person: PersonID?, token: String) {
        self.name = name
        self.alias = alias
        self.person = person
        self.token = token
    }
}

/// A room just made.
public struct CreatedRoom: Hashable, Sendable, Codable {
    /// Its id.
    public var room: ChatID
    /// Who could not be added.
    public var refused: [PersonID]

    /// A room just made.
    public init(room: ChatID, refused: [PersonID] = []) {
        self.room = room
        self.refused = refused
    }
}
