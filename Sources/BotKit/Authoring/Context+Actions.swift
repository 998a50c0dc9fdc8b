/// What a handler can want done. Each is a wish: it takes effect after the handler has returned, in the order of the calls.
extension Context {
    /// Says something where the event happened.
    ///
    /// - Parameters:
    ///   - text: what is said; must not be empty.
    ///   - quote: whether what it answers is repeated before it.
    ///   - mention: whether the sender is addressed by name, in a room.
    ///   - options: when it leaves, and how long it stays worth sending.
    public func reply(
        _ text: String, quote: Bool = false, mention: Bool = false, _ options: SendOptions = SendOptions()
    ) {
        var action = HandlerAction(do: .reply, text: text)
        if quote { action.quote = true }
        if mention { action.mention = true }
        want(action, options)
    }

    /// Says something to somebody else, or in another chat.
    ///
    /// - Parameters:
    ///   - text: what is said; must not be empty.
    ///   - recipient: who gets it.
    ///   - options: when it leaves, and how long it stays worth sending.
    public func send(_ text: String, to recipient: Recipient, _ options: SendOptions = SendOptions()) {
        want(HandlerAction(do: .send, text: text, to: recipient.wire), options)
    }

    /// Says yes to the friend request that the event is.
    public func acceptFriend() { want(HandlerAction(do: .acceptFriend)) }

    /// Says no to the friend request that the event is.
    public func declineFriend() { want(HandlerAction(do: .declineFriend)) }

    /// Gives somebody a name of the bot's own.
    public func remark(_ name: String, on person: Recipient = .sender) {
        want(HandlerAction(do: .remark, text: name, to: person.wire))
    }

    /// Tags a person or a room. Rules see it as `sender.tags`, and audiences go by it.
    public func tag(_ tag: String, on whom: Recipient = .sender) {
        want(HandlerAction(do: .tag, text: tag, to: whom.wire))
    }

    /// Takes a tag away.
    public func untag(_ tag: String, on whom: Recipient = .sender) {
        want(HandlerAction(do: .untag, text: tag, to: whom.wire))
    }

    /// Takes back what the bot said last in the chat of the event.
    public func recall() { want(HandlerAction(do: .recall)) }

    /// Adds somebody to a room.
    public func invite(_ person: Recipient = .sender, to room: Recipient) {
        want(HandlerAction(do: .invite, to: room.wire, whom: person.wire))
    }

    /// Says something to the bot's owner.
    public func alert(_ text: String) { want(HandlerAction(do: .alert, text: text)) }

    /// Tells rules that something has happened: they hear of it by `when: { event: { name: … } }`.
    public func emit(_ name: String, _ data: [String: Value] = [:]) {
        withWishes { $0.emissions.append(Emission(name: name, data: data.isEmpty ? nil : data)) }
    }

    private func want(_ action: HandlerAction, _ options: SendOptions = SendOptions()) {
        var action = action
        action.at = options.time?.wire
        action.expires = options.lifetime?.inSeconds
        action.key = options.key
        action.priority = options.priority?.name
        withWishes { $0.actions.append(action) }
    }
}

/// When a message leaves, and how long it stays worth sending.
///
/// ```swift
/// context.reply("Time for tea!", .at(context.now + .minutes(20)))
/// ```
public struct SendOptions: Hashable, Sendable {
    /// It does not leave before; nil for at once.
    public var time: Timestamp?
    /// How long after that it stays worth sending; nil for an hour.
    public var lifetime: Duration?
    /// Only one message under this name ever leaves; nil if every one does.
    public var key: String?
    /// What leaves first when much waits; nil for what the rule says.
    public var priority: Priority?

    /// At once, worth an hour, in its turn.
    public init(
        time: Timestamp? = nil, lifetime: Duration? = nil, key: String? = nil, priority: Priority? = nil
    ) {
        self.time = time
        self.lifetime = lifetime
        self.key = key
        self.priority = priority
    }

    /// Not before `time`. It outlasts a restart.
    public static func at(
        _ time: Timestamp, lifetime: Duration? = nil, key: String? = nil, priority: Priority? = nil
    ) -> SendOptions {
        SendOptions(time: time, lifetime: lifetime, key: key, priority: priority)
    }

    /// Only one message under this name ever leaves.
    public static func once(_ key: String) -> SendOptions { SendOptions(key: key) }
}
