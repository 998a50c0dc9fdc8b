import Synchronization

/// The rules in force, which may be exchanged while decisions are made: each decision is made by one set as a whole.
package final class LiveRules: Sendable {
    private let rules: Mutex<RuleSet>
    /// Rung when other rules are in force.
    let changed = Signal()

    package init(_ rules: RuleSet) { self.rules = Mutex(rules) }

    /// The rules in force.
    package var current: RuleSet { rules.withLock { $0 } }

    /// Takes in rules of the past, by which runs may still go.
    package func remember(_ former: RuleSet) { rules.withLock { $0 = $0.following(former) } }

    /// Forgets rules of the past, except those with these hashes.
    package func forget(except hashes: Set<String>) { rules.withLock { $0.forget(except: hashes) } }

    /// Puts other rules in force, for every decision from now on.
    package func replace(with other: RuleSet) {
        rules.withLock { $0 = other.following($0) }
        changed.ring()
    }
}
