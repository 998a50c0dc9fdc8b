/// What a message holds.
public enum Content: Hashable, Sendable {
    /// Plain text, as typed.
    case text(String)
    /// A link with a title and a few words about what is behind it.
    case link(WebLink)
    /// Somebody's contact card.
    case card(PersonCard)
    /// A picture emoticon that the network knows.
    case emoji(Emoji)
    /// A picture.
    case image(Media)
    /// Something spoken.
    case voice(Media)
    /// A video.
    case video(Media)
    /// Any other file.
    case file(Media)
    /// The network explains something to the account.
    case system(String)
    /// A kind that this version stores and shows but does not understand: the network's name for the kind, and its raw
    /// text.
    case unsupported(kind: String, raw: String)
}

/// A link as it is shown in a chat.
public struct WebLink: Hashable, Sendable, Codable {
    /// Where it leads.
    public var url: String
    /// The line that stands out.
    public var title: String
    /// A few words about it; may be empty.
    public var summary: String
    /// Where its little picture is; empty if it has none.
    public var thumbnail: String

    /// A link as it is shown in a chat.
    public init(url: String, title: String, summary: String = "", thumbnail: String = "") {
        self.url = url
        self.title = title
        self.summary = summary
        self.thumbnail = thumbnail
    }
}

/// A card that leads to a person.
public struct PersonCard: Hashable, Sendable, Codable {
    /// Whose card it is.
    public var person: PersonID
    /// The name on it.
    public var name: String

    /// A card that leads to a person.
    public init(person: PersonID, name: String) {
        self.person = person
        self.name = name
    }
}

/// A picture emoticon, by the name that the network has for it.
public struct Emoji: Hashable, Sendable, Codable {
    /// The network's name for the picture: on MicroChat the MD5 of its bytes, in hex.
    public var name: String
    /// How many bytes the picture has; 0 if unknown.
    public var size: Int

    /// A picture emoticon.
    public init(name: String, size: Int = 0) {
        self.name = name
        self.size = size
    }
}
