/// What the rules made of one event: what happens, what is remembered, and why. Committed with the event's done mark or
/// not at all.
public struct Decision: Hashable, Sendable {
    /// What happens, in order.
    public var actions: [Action]
    /// What is remembered, in order.
    public var changes: [StateChange]
    /// Why, one line a check, in the order the checks were made.
    public var trace: [TraceLine]
    /// Which of a list of texts was taken, by the list's name, so that none is taken twice in a row in a chat.
    public var picks: [String: Int]
    /// What other rules may react to.
    public var emitted: [EmittedEvent]
    /// What is said to the bot's owner.
    public var notes: [Note]
    /// What becomes of runs that wait.
    public var runs: [RunChange]
    /// The place in the journal of the event that all this goes back to; nil for the one that was decided.
    public var origin: Int64?

    /// What the rules made of one event.
    public init(
        actions: [Action] = [], changes: [StateChange] = [], trace: [TraceLine] = [],
        picks: [String: Int] = [:], emitted: [EmittedEvent] = [], notes: [Note] = [], runs: [RunChange] = []
    ) {
        self.actions = actions
        self.changes = changes
        self.trace = trace
        self.picks = picks
        self.emitted = emitted
        self.notes = notes
        self.runs = runs
    }
}

/// Something a rule or a handler wants done.
public enum Action: Hashable, Sendable {
    /// Do this in that chat, or to that person or room. `rule` is the id of the rule that said so.
    case perform(Effect, in: ChatID, rule: String, terms: SendTerms = SendTerms())
    /// Send this to many.
    case broadcast(BroadcastOrder)
}

/// How an effect is to leave, where that differs from the usual.
public struct SendTerms: Hashable, Sendable {
    /// How long it stays worth doing; nil for as long as anything does.
    public var lifetime: Duration?
    /// Only one effect under this name is ever done; empty: as often as it is said.
    public var key: String
    /// What leaves first when more waits than may leave. Within a chat the order stays as it was decided.
    public var priority: Priority
    /// It does not leave before this; nil for as soon as it may.
    public var notBefore: Timestamp?
    /// When it must not leave; nil for never.
    public var quiet: QuietTime?

    /// How an effect is to leave.
    public init(
        lifetime: Duration? = nil, key: String = "", priority: Priority = .normal,
        notBefore: Timestamp? = nil, quiet: QuietTime? = nil
    ) {
        self.quiet = quiet
        self.lifetime = lifetime
        self.key = key
        self.priority = priority
        self.notBefore = notBefore
    }
}

/// A time in which nothing is to leave.
public struct QuietTime: Hashable, Sendable {
    /// When it begins.
    public var from: Timestamp
    /// When it is over.
    public var to: Timestamp
    /// Whether what cannot leave for it never does; else it leaves afterwards.
    public var drops: Bool

    /// A time in which nothing is to leave.
    public init(from: Timestamp, to: Timestamp, drops: Bool) {
        self.from = from
        self.to = to
        self.drops = drops
    }

    /// Whether it is then.
    public func contains(_ time: Timestamp) -> Bool { from <= time && time < to }
}

/// Something that later decisions look at.
public enum StateChange: Hashable, Sendable {
    /// The rule has started: cool-downs, limits and counts know it by this.
    case started(rule: String, sender: PersonID)
    /// A variable has this value from now on.
    case set(Variable, Value, lifetime: Duration?)
    /// A variable is forgotten.
    case clear(Variable)
    /// A person or room has this tag from now on, or no longer.
    case tag(String, on: String, isSet: Bool)
}

/// A variable, by its name and whose it is.
public struct Variable: Hashable, Sendable {
    /// Whose a variable is.
    public enum Owner: Hashable, Sendable {
        case chat(ChatID)
        case sender(PersonID)
        case bot
    }

    /// Whose it is.
    public var owner: Owner
    /// What it is called.
    public var name: String

    /// A variable.
    public init(owner: Owner, name: String) {
        self.owner = owner
        self.name = name
    }
}

/// Something that a rule says to other rules: they see it as an event.
public struct EmittedEvent: Hashable, Sendable, Codable {
    /// What it is called.
    public var name: String
    /// What comes with it.
    public var data: [String: Value]
    /// How many of them led to this one, so that rules that answer each other come to an end.
    public var depth: Int

    /// Something that a rule says to other rules.
    public init(name: String, data: [String: Value], depth: Int = 0) {
        self.name = name
        self.data = data
        self.depth = depth
    }
}

/// Something that a rule says to the bot's owner.
public struct Note: Hashable, Sendable {
    /// Whether somebody should look soon.
    public var isAlert: Bool
    /// The id of the rule.
    public var rule: String
    /// What it says.
    public var text: String

    /// Something that a rule says to the bot's owner.
    public init(isAlert: Bool, rule: String, text: String) {
        self.isAlert = isAlert
        self.rule = rule
        self.text = text
    }
}

/// One check that was made on the way to a decision.
public struct TraceLine: Hashable, Sendable {
    /// The id of the rule; empty for checks before any rule.
    public var rule: String
    /// What was checked, in the words of the rules file: `contains`, `from`, `template`.
    public var check: String
    /// The value seen.
    public var seen: String
    /// What came of it.
    public var verdict: Verdict

    /// What came of a check.
    public enum Verdict: String, Hashable, Sendable {
        /// The check held.
        case yes
        /// The check did not hold.
        case no
        /// The check could not be made.
        case error
    }

    /// One check.
    public init(rule: String, check: String, seen: String, verdict: Verdict) {
        self.rule = rule
        self.check = check
        self.seen = seen
        self.verdict = verdict
    }
}
