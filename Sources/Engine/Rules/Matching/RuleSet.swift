package import BotKit

/// The rules of a file, compiled: immutable, shared by all threads.
package struct RuleSet: Sendable {
    private let rules: [Rule]
    private let index: RuleIndex
    /// Whether any answer is one of a list, so that a decision wants to know what a chat was told last.
    let picksTexts: Bool

    /// The enabled rules, in the order of the file.
    init(rules: [Rule], cache: ScannerCache? = nil) {
        self.rules = rules
        index = RuleIndex(rules, cache: cache)
        picksTexts = rules.contains { $0.steps.contains(where: \.picksText) }
    }

    /// How many rules are enabled.
    package var count: Int { rules.count }

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
    package func decide(
        _ event: Event, in circumstances: Circumstances, tracing: Tracing = .looked
    ) -> Decision {
        guard case .message(let message) = event.body else {
            return Self.passed(check: "kind", seen: event.body.kind)
        }
        if message.isOwn { return Self.passed(check: "own", seen: message.sender.rawValue) }
        guard case .text(let text) = message.content else {
            if case .unsupported(let kind, _) = message.content {
                return Self.passed(check: "kind", seen: kind)
            }
            return Self.passed(check: "kind", seen: message.content.kind)
        }
        var circumstances = circumstances
        // A private chat is the other person.
        if event.chatKind == .private, circumstances.chat == nil { circumstances.chat = circumstances.sender }
        return index.withScan { scan in
            var view = MessageView(
                event: event, message: message, text: text, circumstances: circumstances,
                scan: tracing == .everything ? nil : scan)
            var run = RuleRun(event: event, circumstances: circumstances)
            for number in index.candidates(for: &view) {
                let rule = rules[number]
                if fires(rule, &view, &run, tracing: tracing != .fired), !rule.continues { break }
            }
            return run.decision
        }
    }

    private func fires(_ rule: Rule, _ view: inout MessageView, _ run: inout RuleRun, tracing: Bool) -> Bool {
        // By number: a copy of each trigger would cost more than most checks.
        for number in rule.triggers.indices {
            switch rule.triggers[number].check(&view) {
            case .yes(let groups):
                run.decision.trace += rule.triggers[number].linesOfSuccess(&view, rule: rule.id)
                run.perform(rule, values: TemplateValues(view: view, groups: groups))
                return true
            case .no(let check, let seen):
                guard tracing else { continue }
                run.decision.trace.append(TraceLine(rule: rule.id, check: check, seen: seen, verdict: .no))
            }
        }
        return false
    }

    /// An event that no rule is asked about, and why.
    private static func passed(check: String, seen: String) -> Decision {
        Decision(trace: [TraceLine(rule: "", check: check, seen: traced(seen), verdict: .no)])
    }
}
