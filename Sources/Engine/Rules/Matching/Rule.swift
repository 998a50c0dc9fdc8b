import BotKit
import Store

/// One rule, compiled.
///
/// A class, because it is handed around for every event and one reference is cheap to hand around.
final class Rule: Sendable {
    let id: String
    let name: String
    /// The line of the file where it begins.
    let place: RulePlace
    /// The same, among the files that were read together.
    let position: Position
    /// Any one is enough; the first that holds is taken.
    let triggers: [Trigger]
    /// All must hold.
    let conditions: [Condition]
    /// Done in order.
    let steps: Program
    /// Done where a trigger held and a condition did not.
    let otherwise: Program?
    /// Whether lower rules may answer too.
    let continues: Bool
    let terms: RuleTerms
    /// Tells it from what it was, or will be, in another version of the file.
    let hash: String
    /// Whether a run of it may have to wait.
    let canWait: Bool

    init(
        id: String, name: String, place: RulePlace, position: Position, triggers: [Trigger],
        conditions: [Condition],
        steps: Program, otherwise: Program?, continues: Bool, terms: RuleTerms, hash: String
    ) {
        self.hash = hash
        canWait = steps.canWait || otherwise?.canWait ?? false
        self.id = id
        self.name = name
        self.place = place
        self.position = position
        self.triggers = triggers
        self.conditions = conditions
        self.steps = steps
        self.otherwise = otherwise
        self.continues = continues
        self.terms = terms
    }
}

extension Rule {
    /// The first of its triggers that is a schedule, by its number.
    var firstSchedule: Int? {
        triggers.lazy.compactMap { if case .schedule(let trigger) = $0 { trigger.number } else { nil } }.first
    }

    /// The same rule, whose runs are remembered because another asks how many there were.
    var remembered: Rule {
        var terms = terms
        terms.isRemembered = true
        return Rule(
            id: id, name: name, place: place, position: position, triggers: triggers, conditions: conditions,
            steps: steps,
            otherwise: otherwise, continues: continues, terms: terms, hash: hash)
    }

    /// The steps of `then`, or of `else`.
    func program(otherwise isOtherwise: Bool) -> Program { isOtherwise ? otherwise ?? Program() : steps }
}

/// Where a rule stands.
package struct RulePlace: Hashable, Sendable {
    package var file: String
    package var line: Int
}

/// How often a rule may run, and for how long what it says is worth saying.
struct RuleTerms: Sendable {
    /// Smaller goes first; nil for the order of the file.
    var order: Int?
    var cooldown: Cooldown?
    var limit: RunLimit?
    /// Older events are recorded and not answered.
    var maximumAge = Duration.seconds(600)
    /// What has not left by then stays here; nil for as long as anything does.
    var ownLifetime: Duration?
    /// How long a run may take as a whole; nil for as long as its waits say.
    var timeout: Duration?
    var mode = RunMode()
    /// What leaves first when more waits than may leave.
    var priority = Priority.normal
    /// When nothing that it says is to leave; nil for never.
    var quiet: QuietHours?
    /// How many of its runs are explained step by step; 0 for none.
    var traces = Retention.usualTraces
    /// Whether it has to be remembered when the rule ran: a cool-down, a limit or some rule's count asks.
    var isRemembered = false
}

/// A pause after each run.
struct Cooldown: Sendable {
    let length: Duration
    let scope: RunKey
}

/// At most so many runs within any such time.
struct RunLimit: Sendable {
    let count: Int
    let window: Duration
    let scope: RunKey
}

/// What a cool-down or a limit is counted by.
enum RunKey: String, Sendable, CaseIterable {
    case chat, sender, account, rule
}

/// What a new start of a rule does while a run of it has not ended.
struct RunMode: Sendable {
    enum Kind: String, Sendable, CaseIterable {
        /// It waits for its turn.
        case queued
        /// It is none.
        case single
        /// It takes the other's place.
        case restart
        /// Both run.
        case parallel
    }

    var kind = Kind.queued
    /// Which runs are meant: those of the same chat, sender, or all.
    var scope = RunKey.chat
    /// Runs that have not ended, at most.
    var most = 10
    /// Whether the oldest makes room for a new one when there are too many.
    var dropsOld = false
}
