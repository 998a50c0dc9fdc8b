public import BotKit

// MARK: What has come of it

extension TestChat {
    /// All that the bot has said in this chat so far, in order.
    public var replies: [String] { sent.map(\.text) }

    /// All that the bot has sent into this chat so far, in order.
    public var sent: [SentMessage] { world.sent(to: chat.id, isDue: true) }

    /// What the bot will send into this chat later.
    public var scheduled: [SentMessage] { world.sent(to: chat.id, isDue: false) }

    /// The present instant of this world.
    public var now: Timestamp { world.now }

    /// What the bot remembers about this chat.
    public var memory: [String: Value] { world.memory(of: .chat(chat.id)) }

    /// What the bot remembers about the person of this chat.
    public var senderMemory: [String: Value] { world.memory(of: .sender(person.rawValue)) }

    /// What the bot remembers for the whole account.
    public var botMemory: [String: Value] { world.memory(of: .bot) }

    /// Whether the person of this chat is the bot's friend.
    public var isFriend: Bool { world.facts(of: person).friend }

    /// What the person of this chat is tagged with.
    public var tags: [String] { world.facts(of: person).tags }

    /// The name that the bot gave the person of this chat; empty if none.
    public var remark: String { world.facts(of: person).remark }

    /// What the last handler gave that gave anything, in this world.
    public var lastResult: Value? { world.outcome.result }

    /// What handlers have told rules, in order.
    public var emitted: [EmittedTestEvent] { world.outcome.emitted }

    /// What the bot's owner was told.
    public var alerts: [String] { world.outcome.alerts }

    /// Lines of the log, with their level: `info: looked up`.
    public var log: [String] { world.log.lines }

    /// Whether the last friend request of this chat's person was declined.
    public var isDeclined: Bool { world.outcome.declined.contains(person) }

    /// Whom the bot has added to rooms, as `PERSON to ROOM` by their names.
    public var invitations: [String] { world.outcome.invitations }
}

/// A message of the bot.
public struct SentMessage: Hashable, Sendable {
    /// What it says.
    public let text: String
    /// When it leaves.
    public let time: Timestamp
    /// The name under which only one message leaves; nil if it has none.
    public let key: String?
    /// What the handler gave it for a priority; nil if nothing.
    public let priority: Priority?
}

/// What a handler has told rules.
public struct EmittedTestEvent: Hashable, Sendable {
    /// What it is called.
    public let name: String
    /// What came with it.
    public let data: [String: Value]

    /// What a handler has told rules.
    public init(_ name: String, _ data: [String: Value] = [:]) {
        self.name = name
        self.data = data
    }
}
