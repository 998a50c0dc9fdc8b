import BotKit

/// The one place that says which rules can match an event.
///
/// In this version it answers "any of them", so the work per message grows with the number of rules.
struct RuleIndex: Sendable {
    private let all: Range<Int>

    init(_ rules: [Rule]) { all = rules.indices }

    /// The rules to try on an event, in the order in which they are tried.
    func candidates(for message: borrowing MessageView) -> Range<Int> { all }
}
