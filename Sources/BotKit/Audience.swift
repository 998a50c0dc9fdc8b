/// Whom a broadcast goes to. Everything that it says has to hold; of a list one is enough.
///
/// Whatever it says, nobody gets a broadcast who has the tag `Audience.optedOut`, whom the account refuses, or who is
/// the account itself.
public struct Audience: Hashable, Sendable, Codable {
    /// They have one of these tags.
    public var tagged: [String]
    /// They have none of these.
    public var notTagged: [String]
    /// They are in one of these rooms, which are named by id.
    public var rooms: [String]
    /// They are these, by id: people or rooms.
    public var users: [String]
    /// Whether they are in the account's list; nil: it does not matter.
    public var friends: Bool?
    /// They wrote to the account within this.
    public var activeWithin: Duration?
    /// One of these holds.
    public var anyOf: [Audience]
    /// All of these hold.
    public var allOf: [Audience]
    /// None of these holds.
    public var except: [Audience]

    /// Who has this tag gets no broadcast.
    public static let optedOut = "opted_out"

    /// Whom a broadcast goes to.
    public init(
        tagged: [String] = [], notTagged: [String] = [], rooms: [String] = [], users: [String] = [],
        friends: Bool? = nil, activeWithin: Duration? = nil, anyOf: [Audience] = [], allOf: [Audience] = [],
        except: [Audience] = []
    ) {
        self.tagged = tagged
        self.notTagged = notTagged
        self.rooms = rooms
        self.users = users
        self.friends = friends
        self.activeWithin = activeWithin
        self.anyOf = anyOf
        self.allOf = allOf
        self.except = except
    }

    /// Whether it says who belongs to it, and not only who does not.
    public var selects: Bool {
        !tagged.isEmpty || !rooms.isEmpty || !users.isEmpty || friends == true || activeWithin != nil
            || (!anyOf.isEmpty && anyOf.allSatisfy(\.selects)) || allOf.contains(where: \.selects)
    }

    /// The same with other names for its rooms and users.
    ///
    /// - Throws: what `room` and `user` throw.
    public func renamed(
        room: (String) throws -> String, user: (String) throws -> String
    ) rethrows -> Audience {
        var audience = self
        audience.rooms = try rooms.map(room)
        audience.users = try users.map(user)
        audience.anyOf = try anyOf.map { try $0.renamed(room: room, user: user) }
        audience.allOf = try allOf.map { try $0.renamed(room: room, user: user) }
        audience.except = try except.map { try $0.renamed(room: room, user: user) }
        return audience
    }
}
