import Synchronization

/// What a handler knows of the world, and what it wants done about it.
///
/// All that it shows is as it was when the engine decided to ask, and stays so. All that it takes is collected, and takes
/// effect together when the handler has returned.
public final class Context: Sendable {
    /// What has happened.
    public let event: EventFacts
    /// Where; nil where there is no chat, as for timers.
    public let chat: ChatFacts?
    /// Who did it; nil where there is nobody, as for timers.
    public let sender: SenderFacts?
    /// Which of the bot's accounts it is about.
    public let account: AccountID
    /// The present instant. Use it in place of the machine's clock, and tests can move it.
    public let now: Timestamp
    /// 1 for the first time that this handler is asked about this event, more if something went wrong before.
    public let attempt: Int
    /// How long Conure waits for the handler.
    public let timeout: Duration
    /// Chance that is the same for every attempt, so that an attempt can be repeated exactly.
    public let random: SeededRandom
    /// Calls of HTTP servers, with a time-out. They need `permissions: [network]` in the rules file.
    public let http: HTTP
    /// Lines for Conure's log.
    public let log: Logger
    /// The environment variables that the rules file sets for the bot.
    public let environment: [String: String]

    package let given: MemorySnapshot
    private let answers: [String: Value]

    /// What the handler wants, so far.
    struct Wishes: Sendable {
        var actions: [HandlerAction] = []
        var memory: [MemoryChange] = []
        var emissions: [Emission] = []
        var question: HandlerQuestion?
    }

    private let wishes = Mutex(Wishes())

    package init(_ invocation: Invocation, _ tools: HandlerTools) {
        event = invocation.event
        chat = invocation.chat
        sender = invocation.sender
        account = AccountID(invocation.account)
        now = Timestamp(wire: invocation.now)
        attempt = invocation.attempt
        timeout = .seconds(invocation.timeout)
        random = SeededRandom(seed: invocation.seed)
        http = tools.http
        log = tools.logger
        environment = tools.environment
        given = invocation.memory
        answers = invocation.answers ?? [:]
    }

    /// What was written, or the greeting of a friend request; empty where there are no words.
    public var text: String { event.text ?? "" }

    /// Reads or changes what the handler wants.
    func withWishes<Result: Sendable>(_ body: (inout sending Wishes) -> Result) -> Result {
        wishes.withLock { body(&$0) }
    }

    func answer(to question: String) -> Value? { answers[question] }
}

extension Context {
    /// All that the handler wants, after it has returned.
    func outcome(value: Value?) -> HandlerOutcome {
        withWishes { wishes in
            // A handler that caught the error of its own question has still asked.
            if let question = wishes.question { return HandlerOutcome(ask: question) }
            return HandlerOutcome(
                value: value, actions: wishes.actions.isEmpty ? nil : wishes.actions,
                memory: wishes.memory.isEmpty ? nil : wishes.memory,
                emit: wishes.emissions.isEmpty ? nil : wishes.emissions)
        }
    }

    func outcome(after error: any Error) -> HandlerOutcome {
        if let question = wishes.withLock({ $0.question }) { return HandlerOutcome(ask: question) }
        guard let failure = error as? Failure else {
            return HandlerOutcome(error: String("\(error)".prefix(1000)), retry: false)
        }
        return HandlerOutcome(error: failure.reason, retry: failure.retry)
    }
}
