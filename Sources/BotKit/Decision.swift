/// What the rules made of one event: what happens, and why. Committed with the event's done mark or not at all.
public struct Decision: Hashable, Sendable {
    /// What happens, in order.
    public var actions: [Action]
    /// Why, one line a check, in the order the checks were made.
    public var trace: [TraceLine]
    /// Which of a list of texts was taken, by the list's name, so that none is taken twice in a row in a chat.
    public var picks: [String: Int]

    /// What the rules made of one event.
    public init(actions: [Action] = [], trace: [TraceLine] = [], picks: [String: Int] = [:]) {
        self.actions = actions
        self.trace = trace
        self.picks = picks
    }
}

/// Something a rule or a handler wants done.
public enum Action: Hashable, Sendable {
    /// Do this in that chat, or to that person or room. `rule` is the id of the rule that said so.
    case perform(Effect, in: ChatID, rule: String)
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
