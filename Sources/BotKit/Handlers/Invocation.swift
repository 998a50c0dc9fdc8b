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
public struct EventFacts: Hashable, Sendable, Codable {
    /// Unique within the account.
    public package(set) var id: String
    /// As traces call it: `text`, `image`, `friend_request`, `schedule`.
    public package(set) var kind: String
    /// Seconds since 1970-01-01 00:00 UTC.
    package var time: Double
    /// When it happened, by the network's clock.
    public var happened: Timestamp { Timestamp(wire: time) }
    /// What was written, or the greeting of a friend request.
    public package(set) var text: String?
    /// How somebody found the account.
    public package(set) var source: String?
    /// The name of an emitted event, or a webhook's path.
    public package(set) var name: String?
    /// What came with an emitted event or a webhook's call.
    public package(set) var data: Value?

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
public struct ChatFacts: Hashable, Sendable, Codable {
    /// The network's own name for it.
    public package(set) var id: String
    /// What people call it: a room's topic, or the name of the other one.
    public package(set) var name: String
    /// Whether it has two people or many.
    public package(set) var kind: ChatKind

    package init(id: String, name: String, kind: ChatKind) {
        self.id = id
        self.name = name
        self.kind = kind
    }
}

/// What is told of somebody.
public struct SenderFacts: Hashable, Sendable, Codable {
    /// The network's own name for them.
    public package(set) var id: String
    /// The name that they show.
    public package(set) var name: String
    /// The name that the bot's owner gave them; empty if none.
    public package(set) var remark: String
    /// What they are tagged with.
    public package(set) var tags: [String]
    /// Whether the account has them in its list.
    public package(set) var friend: Bool

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
