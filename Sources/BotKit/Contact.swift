/// Somebody, or a room, that an account knows.
public struct Contact: Hashable, Sendable {
    /// A `PersonID` or, for a room, a `ChatID`, as the network spells it.
    public var id: String
    /// Whether this is a person or a room.
    public var kind: ChatKind
    /// The name they gave themselves, or the room's topic.
    public var name: String
    /// The name the bot's owner gave them; empty if none.
    public var remark: String
    /// True while each has the other in their list.
    public var isFriend: Bool

    /// Somebody, or a room, that an account knows.
    public init(id: String, kind: ChatKind, name: String, remark: String = "", isFriend: Bool) {
        self.id = id
        self.kind = kind
        self.name = name
        self.remark = remark
        self.isFriend = isFriend
    }
}
