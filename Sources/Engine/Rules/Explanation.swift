package import BotKit

/// Which rules would run on an event, and for each that would not, the first check that said no.
package struct Explanation: Sendable {
    /// One rule, in the order in which they are tried.
    package struct Line: Hashable, Sendable {
        package enum Verdict: String, Hashable, Sendable {
            /// It runs its `then`.
            case runs
            /// It runs its `else`.
            case runsElse = "runs_else"
            case no
            case error
            /// A rule before it has ended the search.
            case notReached = "not_reached"
        }

        package var id: String
        package var verdict: Verdict
        /// The check that decided, in the words of the rules file; empty if none was made.
        package var check: String
        package var seen: String
        package var place: RulePlace
    }

    package var rules: [Line]
    package var decision: Decision
}

extension RuleSet {
    /// Says what the rules would make of an event, and why.
    ///
    /// - Throws: what `state` throws.
    package func explain(
        _ event: Event, in circumstances: Circumstances, _ state: any RuleState
    ) throws -> Explanation {
        let decision = try decide(event, in: circumstances, state, tracing: .everything)
        let head = TriggerHead(event.body)
        let lines = ordered.filter { rule in rule.heads.contains { $0 == head } }.map { rule in
            let own = decision.trace.filter { $0.rule == rule.id }
            var line = Explanation.Line(
                id: rule.id, verdict: .notReached, check: "", seen: "", place: rule.place)
            if let ran = own.first(where: { $0.check == "then" || $0.check == "else" }) {
                let last = own.last { $0.verdict != .yes }
                line.verdict = ran.check == "then" ? .runs : .runsElse
                if line.verdict == .runsElse || last?.verdict == .error, let last {
                    (line.check, line.seen) = (last.check, last.seen)
                }
            } else if let last = own.last(where: { $0.verdict != .yes }) {
                line.verdict = last.verdict == .error ? .error : .no
                (line.check, line.seen) = (last.check, last.seen)
            }
            return line
        }
        return Explanation(rules: lines, decision: decision)
    }
}
