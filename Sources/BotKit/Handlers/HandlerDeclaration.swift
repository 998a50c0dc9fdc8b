/// What a worker says that one of its handlers is: how it is called, what it wants to be told, and what it wants to hear
/// of by itself.
package struct HandlerDeclaration: Hashable, Sendable, Codable {
    /// `Orders.lookup`: what rules call it by.
    package var name: String
    /// What it does, in one line for people; may be empty.
    package var summary: String?
    /// What it takes, in the order in which it was declared.
    package var arguments: [ArgumentDeclaration]?
    /// What it hears of without a rule.
    package var on: [Subscription]?

    package init(
        name: String, summary: String? = nil, arguments: [ArgumentDeclaration]? = nil,
        on: [Subscription]? = nil
    ) {
        self.name = name
        self.summary = summary
        self.arguments = arguments
        self.on = on
    }
}

/// One thing that a handler wants to be told.
package struct ArgumentDeclaration: Hashable, Sendable, Codable {
    /// What it may be.
    package enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        case text, number, flag, time, list, any
    }

    /// The key under `with`.
    package var name: String
    /// What it may be.
    package var type: Kind
    /// Whether a call without it is a mistake.
    package var required: Bool
    /// The only values that it may have, for texts; nil for any.
    package var choices: [String]?

    package init(name: String, type: Kind, required: Bool, choices: [String]? = nil) {
        self.name = name
        self.type = type
        self.required = required
        self.choices = choices
    }
}

/// What a handler hears of without a rule.
public struct Subscription: Hashable, Sendable, Codable {
    /// What can be heard of.
    package enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        case message
        case friendRequest = "friend_request"
        case friendAdded = "friend_added"
        case friendLost = "friend_lost"
        case timer
    }

    /// What happens.
    package var event: Kind
    /// The kinds of messages, such as `text` and `image`; nil for texts. For messages only.
    package var kinds: [String]?
    /// Seconds from one time to the next. For timers only.
    package var every: Double?

    package init(event: Kind, kinds: [String]? = nil, every: Double? = nil) {
        self.event = event
        self.kinds = kinds
        self.every = every
    }
}
