import BotKit

/// Rules that can go on answering each other: by events that they emit, or, where the bot has several accounts, by what
/// one account says to another.
struct AnsweringEachOther {
    private let rules: [Rule]
    /// The rules that each rule can start, and by what.
    private var starts: [[(rule: Int, by: String)]]

    /// - Parameter set: the same rules, compiled; nil where the bot has but one account, whose own words start nothing.
    init(_ rules: [Rule], among set: RuleSet?) {
        self.rules = rules
        starts = Array(repeating: [], count: rules.count)
        var listeners: [String: [Int]] = [:]
        for (number, rule) in rules.enumerated() {
            for case .event(let trigger) in rule.triggers {
                listeners[trigger.name, default: []].append(number)
            }
        }
        let numbers = Dictionary(
            rules.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
        for (number, rule) in rules.enumerated() {
            for act in rule.acts {
                switch act {
                case .emit(let name, _):
                    starts[number] += (listeners[name] ?? []).map { ($0, "the event \(quoted(name))") }
                case .say(let saying):
                    guard let set, saying.target == nil, let text = saying.fixedText else { continue }
                    for id in set.started(by: text) {
                        if let other = numbers[id] { starts[number].append((other, quoted(traced(text)))) }
                    }
                default: break
                }
            }
        }
    }

    /// A ring of rules for each rule that begins one, found once: from a rule back to it, by the shortest way.
    func rings() -> [[(rule: Rule, by: String)]] {
        var known: Set<Int> = []
        var rings: [[(rule: Rule, by: String)]] = []
        for number in rules.indices where !known.contains(number) && !starts[number].isEmpty {
            guard let ring = ring(from: number) else { continue }
            known.formUnion(ring.map(\.rule))
            rings.append(ring.map { (rules[$0.rule], $0.by) })
        }
        return rings
    }

    private func ring(from first: Int) -> [(rule: Int, by: String)]? {
        var cameFrom: [Int: (rule: Int, by: String)] = [:]
        var queue = [first][...]
        while let rule = queue.popFirst() {
            for next in starts[rule] {
                if next.rule == first {
                    var ring = [(rule: rule, by: next.by)]
                    while let last = ring.last, last.rule != first, let before = cameFrom[last.rule] {
                        ring.append((before.rule, before.by))
                    }
                    return ring.reversed()
                }
                if cameFrom[next.rule] == nil {
                    cameFrom[next.rule] = (rule, next.by)
                    queue.append(next.rule)
                }
            }
        }
        return nil
    }
}

extension Reading {
    /// Says of each ring of rules that they can answer each other.
    func answeringEachOther(_ rules: [Rule], among set: RuleSet?) -> [Finding] {
        AnsweringEachOther(rules, among: set).rings().compactMap { ring in
            guard let first = ring.first else { return nil }
            let way = ring.indices.map { index in
                let next = ring[(index + 1) % ring.count].rule
                return "'\(ring[index].rule.id)' starts '\(next.id)' by \(ring[index].by)"
            }
            var finding = finding(
                ring.count == 1
                    ? "this rule can answer itself: \(way[0])"
                    : "these rules can answer each other: \(way.joined(separator: ", "))",
                at: first.rule.position)
            finding.severity = .warning
            return finding
        }
    }
}

extension Rule {
    /// All that its steps may do.
    fileprivate var acts: [Act] {
        (steps.instructions + (otherwise?.instructions ?? [])).compactMap {
            if case .act(let step) = $0 { step.act } else { nil }
        }
    }
}

extension Saying {
    /// What is said, where that is always the same.
    fileprivate var fixedText: String? {
        guard case .text(.template(let template)) = content else { return nil }
        return template.literal
    }
}

extension RuleSet {
    /// The rules that somebody starts who says this in a private chat.
    fileprivate func started(by text: String) -> [String] {
        let now = Timestamp(seconds: 1_767_614_400)
        let event = Event(
            id: "said", chat: "somebody", chatKind: .private, time: now,
            body: .message(Message(sender: "somebody", content: .text(text))))
        let state = MemoryState(now: now)
        state.inventsContacts = true
        let decision = try? decide(event, in: Circumstances(account: "check", now: now), state)
        return decision?.firedRules ?? []
    }
}
