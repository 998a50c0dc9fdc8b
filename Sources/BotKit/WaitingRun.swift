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
    /// Where it goes on and what it remembers.
    public var state: any RunState
    /// Whether nobody looks for it but who decides in its chat.
    public var isOfItsChat: Bool

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
        hash: String, state: any RunState, isOfItsChat: Bool = false
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
        self.isOfItsChat = isOfItsChat
    }
}

extension WaitingRun {
    /// Whether both are the same, in the same place.
    public static func == (one: WaitingRun, other: WaitingRun) -> Bool {
        one.id == other.id && one.rule == other.rule && one.key == other.key && one.event == other.event
            && one.began == other.began && one.turn == other.turn && one.wait == other.wait
            && one.hash == other.hash && one.state.text == other.state.text
    }

    /// By which run it is, and how often it has waited.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(id)
        hasher.combine(turn)
    }
}

/// Where a run goes on and what it remembers, in the engine's own words. They are put together only if they are written
/// down.
public protocol RunState: Sendable {
    /// It, so that it can be read again.
    var text: String { get }
}

/// A run's place as it was written down.
public struct WrittenRunState: RunState {
    /// It, as it was written down.
    public let text: String

    /// What was written down.
    public init(_ text: String) { self.text = text }
}

/// What a decision makes of a run.
public enum RunChange: Hashable, Sendable {
    /// It waits, for the first time or again.
    case waits(WaitingRun)
    /// It is over; the next of its key may begin.
    case ends(String)
}
