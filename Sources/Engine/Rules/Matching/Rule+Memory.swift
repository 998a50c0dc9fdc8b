extension Rule {
    /// How far back it looks at when which rule has started: its cool-down, its limit, and what it counts.
    var memory: Duration {
        let counted = conditions.map(\.memory) + steps.memories + (otherwise?.memories ?? [])
        return ([terms.cooldown?.length, terms.limit?.window].compactMap(\.self) + counted).max() ?? .zero
    }
}

extension Program {
    fileprivate var memories: [Duration] {
        instructions.flatMap { instruction -> [Duration] in
            if case .unless(let conditions, _) = instruction { return conditions.map(\.memory) }
            return []
        }
    }
}

extension Condition {
    fileprivate var memory: Duration {
        switch self {
        case .count(let check): check.within
        case .any(let conditions), .all(let conditions), .not(let conditions):
            conditions.map(\.memory).max() ?? .zero
        case .time, .sender, .chat, .variable, .chance, .expression: .zero
        }
    }
}
