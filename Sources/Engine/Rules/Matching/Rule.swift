/// One rule, compiled.
///
/// A class, because it is handed around for every message and one reference is cheap to hand around.
final class Rule: Sendable {
    let id: String
    let name: String
    /// Any one is enough; the first that holds is taken.
    let triggers: [MessageTrigger]
    /// Done in order.
    let steps: [Step]
    /// Whether lower rules may answer too.
    let continues: Bool

    init(id: String, name: String, triggers: [MessageTrigger], steps: [Step], continues: Bool) {
        self.id = id
        self.name = name
        self.triggers = triggers
        self.steps = steps
        self.continues = continues
    }
}

/// Something a rule does.
enum Step: Sendable {
    /// Answers in the chat of the trigger.
    case reply(Answer)

    var picksText: Bool {
        if case .reply(.named(let text)) = self { text.choices.count > 1 } else { false }
    }
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
