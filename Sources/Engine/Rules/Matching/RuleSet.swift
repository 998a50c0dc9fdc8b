package import BotKit

/// The rules of a file, compiled: immutable, shared by all threads.
package struct RuleSet: Sendable {
    private let rules: [Rule]
    private let index: RuleIndex
    /// What variables are before anybody sets them.
    private let startValues: [String: Value]
    /// What schedules start rules, by the ids of their timers.
    let schedules: [String: ScheduleTrigger]

    /// The enabled rules, in the order in which they are tried.
    ///
    /// - Parameter cache: keeps what takes long to compile; nil for nowhere.
    init(rules: [Rule], startValues: [String: Value] = [:], cache: ScannerCache? = nil) {
        self.rules = rules
        self.startValues = startValues
        index = RuleIndex(rules, cache: cache)
        let triggers = rules.lazy.flatMap(\.triggers).compactMap { trigger in
            if case .schedule(let trigger) = trigger { (trigger.timerID, trigger) } else { nil }
        }
        schedules = Dictionary(triggers, uniquingKeysWith: { first, _ in first })
    }

    /// How many rules are enabled.
    package var count: Int { rules.count }

    /// The rules in the order in which they are tried, with what starts them and where they stand.
    var ordered: [(id: String, heads: [TriggerHead], place: RulePlace)] {
        rules.map { ($0.id, $0.triggers.map(\.head), $0.place) }
    }

    /// Where each rule stands, by its id.
    package var places: [String: RulePlace] {
        Dictionary(rules.map { ($0.id, $0.place) }, uniquingKeysWith: { first, _ in first })
    }

    /// Which rules leave a line for each check that was made.
    package enum Tracing: Sendable {
        /// Those that fire.
        case fired
        /// Those that were looked at: the index passes over rules that cannot match.
        case looked
        /// All that come before the one that ends the search. Takes as long as there are rules.
        case everything
    }

    /// What the rules make of an event. The same for the same arguments, at every try, but for the trace.
    ///
    /// - Throws: what `state` throws.
    package func decide(
        _ event: Event, in circumstances: Circumstances, _ state: any RuleState, tracing: Tracing = .looked
    ) throws -> Decision {
        guard let head = TriggerHead(event.body) else {
            return Self.passed(check: "kind", seen: event.body.kind)
        }
        if case .message(let message) = event.body, message.isOwn {
            return Self.passed(check: "own", seen: message.sender.rawValue)
        }
        var circumstances = circumstances
        // A private chat is the other person.
        if event.chatKind == .private, circumstances.chat == nil { circumstances.chat = circumstances.sender }
        return try index.withScan { scan in
            var view = EventView(
                event: event, head: head, circumstances: circumstances, state: state,
                scan: tracing == .everything ? nil : scan)
            let candidates = index.candidates(for: &view)
            if candidates.isEmpty { return Decision() }
            let run = RuleRun(view: view, startValues: startValues)
            for number in candidates {
                let rule = rules[number]
                if try fires(rule, &view, run, tracing: tracing != .fired), !rule.continues { break }
            }
            return run.decision
        }
    }

    private func fires(_ rule: Rule, _ view: inout EventView, _ run: RuleRun, tracing: Bool) throws -> Bool {
        guard let groups = try startedBy(rule, &view, run, tracing: tracing) else { return false }
        var program = rule.steps
        var branch = "then"
        if let obstacle = try rule.obstacle(view, groups: groups, run) {
            let (check, seen, verdict, isCondition) = obstacle
            if tracing || isCondition && rule.otherwise != nil {
                run.decision.trace.append(
                    TraceLine(rule: rule.id, check: check, seen: traced(seen), verdict: verdict))
            }
            guard isCondition, let otherwise = rule.otherwise else { return false }
            program = otherwise
            branch = "else"
        }
        run.decision.trace.append(TraceLine(rule: rule.id, check: branch, seen: rule.name, verdict: .yes))
        try run.perform(program, of: rule, groups: groups)
        return true
    }

    /// The groups of the trigger that starts the rule; nil if none does.
    private func startedBy(
        _ rule: Rule, _ view: inout EventView, _ run: RuleRun, tracing: Bool
    ) throws -> [String: String]? {
        // By number: a copy of each trigger would cost more than most checks.
        for number in rule.triggers.indices {
            switch try rule.triggers[number].check(&view) {
            case .yes(let groups):
                run.decision.trace += rule.triggers[number].linesOfSuccess(&view, rule: rule.id)
                return groups
            case .no(let check, let seen):
                guard tracing else { continue }
                run.decision.trace.append(TraceLine(rule: rule.id, check: check, seen: seen, verdict: .no))
            }
        }
        return nil
    }

    /// An event that no rule is asked about, and why.
    private static func passed(check: String, seen: String) -> Decision {
        Decision(trace: [TraceLine(rule: "", check: check, seen: traced(seen), verdict: .no)])
    }
}
