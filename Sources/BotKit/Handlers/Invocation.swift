/// What a handler is asked to do, with all that it may know: the world as it was when the engine decided to ask.
package struct Invocation: Hashable, Sendable, Codable {
    /// `Orders.lookup`.
    package var handler: String
    /// What the rule passes on.
    package var arguments: [String: Value]
    /// The account that it is about.
    package var account: String
    /// The event that it is about.
    package var event: EventFacts
    /// Where; nil where there is no chat.
    package var chat: ChatFacts?
    /// Who; nil where there is nobody.
    package var sender: SenderFacts?
    /// What is remembered.
    package var memory: MemorySnapshot
    /// What has been answered so far, by the questions' names.
    package var answers: [String: Value]?
    /// Seconds since 1970-01-01 00:00 UTC.
    package var now: Double
    /// What random numbers come from: the same for every attempt, so that an attempt can be repeated exactly.
    package var seed: UInt64
    /// 1 for the first attempt.
    package var attempt: Int
    /// In seconds.
    package var timeout: Double

    package init(
        handler: String, arguments: [String: Value] = [:], account: String, event: EventFacts,
        chat: ChatFacts? = nil, sender: SenderFacts? = nil, memory: MemorySnapshot = MemorySnapshot(),
        answers: [String: Value]? = nil, now: Double, seed: UInt64 = 0, attempt: Int = 1,
        timeout: Double = 10
    ) {
        self.handler = handler
        self.arguments = arguments
        self.account = account
        self.event = event
        self.chat = chat
        self.sender = sender
        self.memory = memory
        self.answers = answers
        self.now = now
        self.seed = seed
        self.attempt = attempt
        self.timeout = timeout
    }
}

/// What is told of an event.
package struct EventFacts: Hashable, Sendable, Codable {
    package var id: String
    /// As traces call it: `text`, `image`, `friend_request`, `schedule`.
    package var kind: String
    /// Seconds since 1970-01-01 00:00 UTC.
    package var time: Double
    /// What was written, or the greeting of a friend request.
    package var text: String?
    /// How somebody found the account.
    package var source: String?
    /// The name of an emitted event, or a webhook's path.
    package var name: String?
    /// What came with an emitted event or a webhook's call.
    package var data: Value?

    package init(
        id: String, kind: String, time: Double, text: String? = nil, source: String? = nil,
        name: String? = nil, data: Value? = nil
    ) {
        self.id = id
        self.kind = kind
        self.time = time
        self.text = text
        self.source = source
        self.name = name
        self.data = data
    }
}

/// What is told of a chat.
package struct ChatFacts: Hashable, Sendable, Codable {
    package var id: String
    package var name: String
    package var kind: ChatKind

    package init(id: String, name: String, kind: ChatKind) {
        self.id = id
        self.name = name
        self.kind = kind
    }
}

/// What is told of somebody.
package struct SenderFacts: Hashable, Sendable, Codable {
    package var id: String
    package var name: String
    package var remark: String
    package var tags: [String]
    package var friend: Bool

    package init(id: String, name: String, remark: String = "", tags: [String] = [], friend: Bool = false) {
        self.id = id
        self.name = name
        self.remark = remark
        self.tags = tags
        self.friend = friend
    }
}

/// The variables of the chat, of the sender and of the bot, all as they were at one instant. The same that rules set.
package struct MemorySnapshot: Hashable, Sendable, Codable {
    package var chat: [String: Value]
    package var sender: [String: Value]
    package var bot: [String: Value]

    package init(chat: [String: Value] = [:], sender: [String: Value] = [:], bot: [String: Value] = [:]) {
        self.chat = chat
        self.sender = sender
        self.bot = bot
    }
}
