extension RuleSet {
    /// The variables that each rule may change, by its id; rules that change none are not in it.
    var changedVariables: [String: [(scope: VariableScope, name: String)]] {
        var changed: [String: [(scope: VariableScope, name: String)]] = [:]
        for rule in rules {
            let steps = rule.steps.instructions + (rule.otherwise?.instructions ?? [])
            let variables = steps.compactMap { instruction -> (scope: VariableScope, name: String)? in
                guard case .act(let step) = instruction else { return nil }
                return switch step.act {
                case .set(let scope, let name, _, _), .add(let scope, let name, _, _),
                    .clear(let scope, let name):
                    (scope, name)
                default: nil
                }
            }
            if !variables.isEmpty { changed[rule.id] = variables }
        }
        return changed
    }

    /// How many of a rule's latest starts any rule asks for at most.
    var mostStartsAsked: Int {
        max(CountCheck.most + 1, rules.compactMap { $0.terms.limit?.count }.max() ?? 0)
    }
}
