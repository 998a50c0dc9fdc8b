/// Somebody, or a room, that an account knows.
public struct Contact: Hashable, Sendable, Codable {
    /// A `PersonID` or, for a room, a `ChatID`, as the network spells it.
    public var id: String
    /// Whether this is a person or a room.
    public var kind: ChatKind
    /// The name they gave themselves, or the room's topic.
    public var name: String
    /// The name the bot's owner gave them; empty if none.
    public var remark: String
    /// The name they log in with or can be searched by; empty if unknown.
    public var alias: String
    /// True while the account has them in its list.
    public var isFriend: Bool
    /// True while the account refuses what they send.
    public var isBlocked: Bool
    /// Who is in a room; nil for people, and where the network did not say.
    public var members: [RoomMember]?

    /// Somebody, or a room, that an account knows.
    public init(
        id: String, kind: ChatKind, name: String, remark: String = "", alias: String = "", isFriend: Bool,
        isBlocked: Bool = false, members: [RoomMember]? = nil
    ) {
        self.id = id
        self.kind = kind
        self.name = name
        self.remark = remark
        self.alias = alias
        self.isFriend = isFriend
        self.isBlocked = isBlocked
        self.members = members
    }
}

/// Somebody in a room.
public struct RoomMember: Hashable, Sendable, Codable {
    /// Who.
    public var person: PersonID
    /// The name they show in this room.
    public var name: String

    /// Somebody in a room.
    public init(person: PersonID, name: String) {
        self.person = person
        self.name = name
    }
}
