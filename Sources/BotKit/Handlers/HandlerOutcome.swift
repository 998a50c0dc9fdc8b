/// What a handler wants to take effect. Nothing of it does before the engine has committed it with the event.
package struct HandlerOutcome: Hashable, Sendable, Codable {
    /// What rules get under `save_as`.
    package var value: Value?
    /// What is to be done, in order.
    package var actions: [HandlerAction]?
    /// What is to be remembered, in order.
    package var memory: [MemoryChange]?
    /// What rules may react to.
    package var emit: [Emission]?
    /// A question that has to be answered before the handler can go on: then all else of this outcome is dropped, and
    /// the handler is invoked again from its beginning with the answer.
    package var ask: HandlerQuestion?
    /// Why it could not do what it was asked; nil if it could. Then all else is dropped.
    package var error: String?
    /// Whether another attempt may succeed.
    package var retry: Bool?

    package init(
        value: Value? = nil, actions: [HandlerAction]? = nil, memory: [MemoryChange]? = nil,
        emit: [Emission]? = nil, ask: HandlerQuestion? = nil, error: String? = nil, retry: Bool? = nil
    ) {
        self.value = value
        self.actions = actions
        self.memory = memory
        self.emit = emit
        self.ask = ask
        self.error = error
        self.retry = retry
    }
}

/// Something that a handler wants done.
package struct HandlerAction: Hashable, Sendable, Codable {
    /// What can be done.
    package enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        /// Says `text` where it happened.
        case reply
        /// Says `text` to somebody else, or later.
        case send
        /// Says yes to the friend request that the event is.
        case acceptFriend = "accept_friend"
        /// Says no to it.
        case declineFriend = "decline_friend"
        /// Gives `to` the name `text`.
        case remark
        /// Gives `to` the tag `text`.
        case tag
        /// Takes the tag `text` from `to`.
        case untag
        /// Takes back what was last said here.
        case recall
        /// Adds `whom` to the room `to`.
        case invite
        /// Says `text` to the bot's owner.
        case alert
    }

    package var `do`: Kind
    package var text: String?
    /// `sender`, `chat`, `user:NAME`, `chat:NAME`, or an id. Nil is the chat of the event for messages, the sender for
    /// all else.
    package var to: String?
    /// Whom to invite, as in `to`.
    package var whom: String?
    /// Whether the sender is addressed by name, in a room.
    package var mention: Bool?
    /// Whether what it answers is repeated before it.
    package var quote: Bool?
    /// Seconds since 1970-01-01 00:00 UTC; it does not leave before.
    package var at: Double?
    /// Seconds that it stays worth sending.
    package var expires: Double?
    /// Only one message under this name ever leaves.
    package var key: String?
    /// `high`, `normal` or `low`.
    package var priority: String?

    package init(
        do kind: Kind, text: String? = nil, to: String? = nil, whom: String? = nil, mention: Bool? = nil,
        quote: Bool? = nil, at: Double? = nil, expires: Double? = nil, key: String? = nil,
        priority: String? = nil
    ) {
        self.do = kind
        self.text = text
        self.to = to
        self.whom = whom
        self.mention = mention
        self.quote = quote
        self.at = at
        self.expires = expires
        self.key = key
        self.priority = priority
    }
}

/// A variable's new value.
package struct MemoryChange: Hashable, Sendable, Codable {
    package enum Scope: String, Hashable, Sendable, Codable, CaseIterable {
        case chat, sender, bot
    }

    package var scope: Scope
    package var name: String
    /// Nil forgets it.
    package var value: Value?
    /// Seconds that it is remembered; nil for ever.
    package var expires: Double?

    package init(scope: Scope, name: String, value: Value?, expires: Double? = nil) {
        self.scope = scope
        self.name = name
        self.value = value
        self.expires = expires
    }
}

/// An event for rules.
package struct Emission: Hashable, Sendable, Codable {
    package var name: String
    package var data: [String: Value]?

    package init(name: String, data: [String: Value]? = nil) {
        self.name = name
        self.data = data
    }
}

/// A question of a handler, in the words of the step `ask`.
package struct HandlerQuestion: Hashable, Sendable, Codable {
    /// What the answer comes back under in `answers`.
    package var name: String
    package var text: String
    /// `text`, `number`, `date`, `yes_no`, `choice` or `image`.
    package var expect: String?
    package var choices: [String]?
    /// The least and the greatest number.
    package var between: [Double]?
    package var retries: Int?
    /// Seconds.
    package var timeout: Double?

    package init(
        name: String, text: String, expect: String? = nil, choices: [String]? = nil,
        between: [Double]? = nil, retries: Int? = nil, timeout: Double? = nil
    ) {
        self.name = name
        self.text = text
        self.expect = expect
        self.choices = choices
        self.between = between
        self.retries = retries
        self.timeout = timeout
    }
}
