import BotKit

/// How fast an account may act, kind by kind, and what becomes of that while it is new or the network complains.
package struct SendLimits: Hashable, Sendable {
    private var kinds: [KindLimits]
    /// How a new account begins; nil: like an old one.
    package var warmUp: WarmUp?
    /// What follows when the network says "too often".
    package var whenSlowed: WhenSlowed
    /// The IANA zone whose midnight begins the day of `per_day`.
    package var timezone: String

    /// No limits at all.
    package init(
        warmUp: WarmUp? = nil, whenSlowed: WhenSlowed = WhenSlowed(), timezone: String = "UTC"
    ) {
        kinds = Array(repeating: KindLimits(), count: ActionKind.allCases.count)
        self.warmUp = warmUp
        self.whenSlowed = whenSlowed
        self.timezone = timezone
    }

    /// Limits of messages alone: over all chats together, in one private chat, in one group.
    package init(account: Rate, chat: Rate, group: Rate) {
        self.init()
        self[.messages] = KindLimits(account: account, chat: chat, group: group)
    }

    package subscript(kind: ActionKind) -> KindLimits {
        get { kinds[kind.place] }
        set { kinds[kind.place] = newValue }
    }
}

extension ActionKind {
    fileprivate var place: Int {
        switch self {
        case .messages: 0
        case .messagesToStrangers: 1
        case .friendAccepts: 2
        case .friendRequests: 3
        case .invites: 4
        case .lookups: 5
        case .webhooks: 6
        }
    }
}

/// How fast one kind of action may go. What is nil is not limited.
package struct KindLimits: Hashable, Sendable {
    /// Over all chats together.
    package var account: Rate?
    /// In one private chat.
    package var chat: Rate?
    /// In one group.
    package var group: Rate?
    /// From midnight to midnight.
    package var perDay: Int?
    /// By how much of itself the time to the next action of the account may grow, so that it looks less like a
    /// machine's: 0.3 for up to 30%. It never shrinks.
    package var jitter: Double

    package init(
        account: Rate? = nil, chat: Rate? = nil, group: Rate? = nil, perDay: Int? = nil, jitter: Double = 0
    ) {
        self.account = account
        self.chat = chat
        self.group = group
        self.perDay = perDay
        self.jitter = jitter
    }

    func rate(in chatKind: ChatKind) -> Rate? { chatKind == .group ? group : chat }
}

/// How often something may happen: the least time between two, and how many may come at once after a rest.
package struct Rate: Hashable, Sendable {
    /// The time from one to the next when there are always more.
    package var interval: Duration
    /// How many may come at once after a long rest; at least 1.
    package var burst: Int

    package init(interval: Duration, burst: Int) {
        self.interval = interval
        self.burst = burst
    }

    /// The same, slower: at half of its speed the time between two is twice as long.
    ///
    /// - Parameter factor: the part of the speed that is left, above 0 and at most 1.
    func slowed(to factor: Double) -> Rate {
        guard factor < 1 else { return self }
        return Rate(
            interval: .microseconds(Int64(Double(interval.microseconds) / max(factor, 1e-3))),
            burst: max(1, Int(Double(burst) * factor)))
    }
}

/// A new account begins with a part of what it may do, and gets to all of it bit by bit.
package struct WarmUp: Hashable, Sendable {
    /// What it begins with: 0.2 for a fifth.
    package var from: Double
    /// How long it takes from its first day in the store.
    package var over: Duration

    package init(from: Double, over: Duration) {
        self.from = from
        self.over = over
    }

    /// The part that is allowed now.
    func factor(since start: Timestamp, now: Timestamp) -> Double {
        let passed = Double((now - start).microseconds) / Double(max(1, over.microseconds))
        return min(1, from + (1 - from) * max(0, passed))
    }
}

/// What follows when the network says "too often": a pause, then a slower pace that recovers.
package struct WhenSlowed: Hashable, Sendable {
    /// What is left of the speed: 0.5 for half.
    package var rate: Double
    /// How long nothing of the kind leaves.
    package var pause: Duration
    /// How much of the whole speed comes back in an hour.
    package var recoverPerHour: Double

    package init(rate: Double = 0.5, pause: Duration = .seconds(600), recoverPerHour: Double = 0.1) {
        self.rate = rate
        self.pause = pause
        self.recoverPerHour = recoverPerHour
    }
}
