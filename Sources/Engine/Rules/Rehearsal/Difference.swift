package import BotKit
package import Store

/// One thing that leaves otherwise than it did.
package struct Difference: Hashable, Sendable {
    /// How it differs.
    package enum Kind: String, Sendable {
        /// It did not leave, and would.
        case new
        /// It left, and would not.
        case gone
        /// The same rule would say something else in the same chat.
        case different
    }

    package let kind: Kind
    /// What left; nil if it is new.
    package let before: Departure?
    /// What would leave; nil if it is gone.
    package let after: Departure?
    /// Why nothing would leave any more, as far as that is known.
    package var reason = ""

    /// The rule that says, or said, so.
    package var rule: String { (after ?? before)?.rule ?? "" }
    package var chat: ChatID { (after ?? before)?.chat ?? .none }
}

/// What left because of one event beside what would leave.
struct Comparison {
    /// What stays as it was, as the rules would say it now.
    private(set) var same: [Departure] = []
    private(set) var differences: [Difference] = []

    /// What left, and would perhaps leave later, of runs that wait for what the record does not tell.
    private(set) var afterWaits = 0

    /// - Parameter isOver: whether `after` is all that would leave.
    init(before: [Departure], after: [Departure], isOver: Bool = true) {
        var before = before
        var rest: [Departure] = []
        for departure in after {
            // Of several that look alike the rule's own goes first, so that each rule is counted by what it said.
            let alike = before.indices.filter { before[$0].isAlike(departure) }
            if let match = alike.first(where: { before[$0].rule == departure.rule }) ?? alike.first {
                before.remove(at: match)
                same.append(departure)
            } else {
                rest.append(departure)
            }
        }
        for departure in rest {
            let match = before.firstIndex { $0.rule == departure.rule && $0.chat == departure.chat }
            let old = match.map { before.remove(at: $0) }
            differences.append(
                Difference(kind: old == nil ? .new : .different, before: old, after: departure))
        }
        afterWaits = isOver ? 0 : before.count
        differences += (isOver ? before : []).map { Difference(kind: .gone, before: $0, after: nil) }
    }
}
