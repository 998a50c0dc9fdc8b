/// A name that a network gave to something. Opaque: compared and stored, never parsed.
public protocol Identifier: RawRepresentable<String>, Hashable, Comparable, Sendable, Codable,
    ExpressibleByStringLiteral, CustomStringConvertible
{
    /// Wraps the network's own spelling.
    init(rawValue: String)
}

extension Identifier {
    /// Wraps the network's own spelling.
    public init(_ rawValue: String) { self.init(rawValue: rawValue) }

    /// Wraps the network's own spelling.
    public init(stringLiteral value: String) { self.init(rawValue: value) }

    /// The network's own spelling.
    public var description: String { rawValue }

    /// Orders by spelling, so that listings are stable.
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// One of the bot's own accounts, named by `accounts[].id` of the rules file.
public struct AccountID: Identifier {
    /// The name in the rules file.
    public let rawValue: String
    /// Wraps the name in the rules file.
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// A conversation: a person's id in a private chat, a room's id in a group.
public struct ChatID: Identifier {
    /// The network's own spelling.
    public let rawValue: String
    /// Wraps the network's own spelling.
    public init(rawValue: String) { self.rawValue = rawValue }
}

extension ChatID {
    /// Stands for "no chat": a look-up, say, concerns none.
    public static let none = ChatID("")
}

/// Somebody on a network.
public struct PersonID: Identifier {
    /// The network's own spelling.
    public let rawValue: String
    /// Wraps the network's own spelling.
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// What a network calls one thing that happened; unique within an account, so it is what duplicates are known by.
public struct EventID: Identifier {
    /// The network's own spelling.
    public let rawValue: String
    /// Wraps the network's own spelling.
    public init(rawValue: String) { self.rawValue = rawValue }
}
