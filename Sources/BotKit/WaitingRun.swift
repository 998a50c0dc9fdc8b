/// A run of a rule that has begun and not ended: what it waits for, and where it goes on.
public struct WaitingRun: Hashable, Sendable {
    /// Which run it is: the same event starts a rule once, so both names together.
    public var id: String
    /// The rule's id.
    public var rule: String
    /// What runs of the rule are told apart by: those with the same key wait for each other, or replace one another.
    public var key: String
    /// The place in the journal of the event that started it; 0 until it is stored.
    public var event: Int64
    /// When it started.
    public var began: Timestamp
    /// How often it has waited, this time included.
    public var turn: Int
    /// What it waits for.
    public var wait: Wait
    /// Tells the rule, as it was when the run started, from what it has been changed to since.
    public var hash: String
    /// Where it goes on and what it remembers, in the engine's own words.
    public var state: String

    /// What a run waits for.
    public enum Wait: Hashable, Sendable {
        /// That those of the same key that are ahead of it end.
        case turn
        /// A time.
        case time(Timestamp)
        /// The end of what the decision's action of this number puts into the outbox.
        case action(Int, until: Timestamp?)
        /// The outcome of a handler that it has called.
        case call(until: Timestamp?)
        /// A message in this chat, of this person or of anybody.
        case answer(in: ChatID, of: PersonID?, until: Timestamp)

        /// When it has waited long enough.
        public var due: Timestamp? {
            switch self {
            case .turn: nil
            case .time(let due), .answer(_, _, let due): due
            case .action(_, let due), .call(let due): due
            }
        }
    }

    /// A run that waits.
    public init(
        id: String, rule: String, key: String, event: Int64 = 0, began: Timestamp, turn: Int, wait: Wait,
        hash: String, state: String
    ) {
        self.id = id
        self.rule = rule
        self.key = key
        self.event = event
        self.began = began
        self.turn = turn
        self.wait = wait
        self.hash = hash
        self.state = state
    }
}

/// What a decision makes of a run.
public enum RunChange: Hashable, Sendable {
    /// It waits, for the first time or again.
    case waits(WaitingRun)
    /// It is over; the next of its key may begin.
    case ends(String)
}
