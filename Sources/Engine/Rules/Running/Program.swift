import BotKit

/// The steps of a rule, flat: each knows where to go on. So the place of a run is one number.
struct Program: Sendable {
    var instructions: [Instruction] = []
    /// Where the rule's own `on_error` begins.
    var handler: Int?

    enum Instruction: Sendable {
        case act(Step)
        /// Goes on elsewhere unless all conditions hold.
        case unless([Condition], goTo: Int)
        case go(to: Int)
        /// Begins a loop, or leaves it at once if there is nothing to go through.
        case loop(Loop, exit: Int)
        /// Goes round again, from just after the loop's beginning.
        case again(Int)
        case wait(WaitLength)
        /// Asks, and waits for the answer.
        case ask(Question)
        /// The end, with a reason.
        case stop(Template?)
    }
}

extension Program {
    /// Whether a run may have to wait in the midst of it.
    var canWait: Bool {
        instructions.contains { instruction in
            switch instruction {
            case .wait, .ask: true
            case .act(let step): step.isAwaited
            case .unless, .go, .loop, .again, .stop: false
            }
        }
    }
}

/// Something that a rule does.
struct Step: Sendable {
    let act: Act
    /// What the rules file calls it: `then 2`, or the step's own id.
    let label: String
    /// The name that what it gives is kept under.
    var saveAs: String?
    /// Where to go on if it fails; nil for the rule's own `on_error`, or the end.
    var onError: Int?
    /// Whether that is the step's own `on_error`.
    var hasOwnHandler = false

    /// Whether it matters to the run what becomes of it after it was put into the outbox: something is to be saved of
    /// it, or done if it fails.
    var isAwaited: Bool {
        switch act {
        case .callWebhook: saveAs != nil || onError != nil
        case .call: true
        case .say, .forward, .invite, .acceptFriend, .declineFriend: hasOwnHandler
        case .recall, .set, .add, .clear, .tag, .emit, .note, .broadcast: false
        }
    }
}

/// A loop.
struct Loop: Sendable {
    enum Source: Sendable {
        case times(Int)
        case each(Template, as: String)
    }

    let source: Source

    /// More rounds are never made.
    static let maximumRounds = 100
}

/// What a step does.
enum Act: Sendable {
    case say(Saying)
    case acceptFriend(tags: [String], remark: Template?, reason: Template?)
    /// A reason is for the owner: networks do not pass it on.
    case declineFriend(reason: Template?)
    case forward(to: Target)
    case recall
    case invite(to: Target, whom: Target)
    case callWebhook(String, Payload, retries: Int)
    case call(HandlerCall)
    case set(VariableScope, name: String, value: Template, lifetime: Duration?)
    case add(VariableScope, name: String, number: Template, lifetime: Duration?)
    case clear(VariableScope, name: String)
    case tag([String], on: Target, isSet: Bool)
    case emit(name: String, data: [(name: String, value: Template)])
    case note(Answer, isAlert: Bool)
    /// Apart from the others, which are small.
    indirect case broadcast(BroadcastStep)
}

/// A message to somebody.
struct Saying: Sendable {
    enum Content: Sendable {
        case text(Answer)
        case card(Target)
        case media(RuleMedia)
    }

    let content: Content
    /// Nil for the chat of the trigger.
    var target: Target?
    /// Whether the sender is addressed by name; nil for where that is of use.
    var mentions: Bool?
    /// Whether the message that it answers is repeated before it.
    var quotes = false
    /// Nil for the rule's own.
    var lifetime: Duration?
    var key: Template?
    /// Nil for the rule's own.
    var priority: Priority?
    /// Nil for as soon as it may.
    var time: SendTime?
    /// The same, where it is known.
    var moment: Timestamp?
}

/// When something is to leave: a moment, or a time of day, which is the next one by the bot's clock.
struct SendTime: Sendable {
    let template: Template
    let bot: BotSettings
}

/// Whom or what a step is about.
enum Target: Sendable {
    case sender
    /// Where it happened.
    case here
    case chat(Reference)
    case user(Reference)
}

/// Whose a variable is, in the words of a rules file.
enum VariableScope: String, Sendable, CaseIterable {
    case chat, sender, bot
}

/// What is said.
enum Answer: Sendable {
    case template(Template)
    case named(NamedText)
}

/// An entry of `texts`, in the bot's language.
struct NamedText: Sendable {
    let name: String
    /// One of these is said; at least one.
    let choices: [Template]
}

/// What is sent to somebody else's webhook.
indirect enum Payload: Sendable {
    case text(Answer)
    case form([(name: String, value: Template)])
    case json(JSONTemplate)

    /// JSON whose texts are templates.
    indirect enum JSONTemplate: Sendable {
        case value(Template)
        case fixed(Value)
        case list([JSONTemplate])
        case map([(name: String, value: JSONTemplate)])
    }
}
