/// Rules that can never run, because one above always answers first.
extension Rule {
    /// The first of the rules above that takes everything which would start this one; nil if none does.
    func shadow(among above: some Sequence<Rule>) -> Rule? {
        above.first { other in
            other.alwaysAnswers
                && triggers.allSatisfy { trigger in other.triggers.contains { $0.covers(trigger) } }
        }
    }

    /// Whether nothing but its trigger decides that it runs, and that nothing below does.
    fileprivate var alwaysAnswers: Bool {
        !continues && conditions.isEmpty && terms.cooldown == nil && terms.limit == nil
    }
}

extension Trigger {
    /// Whether all that starts the other starts this one. Says no where that is hard to tell.
    fileprivate func covers(_ other: Trigger) -> Bool {
        switch (self, other) {
        case (.message(let wide), .message(let narrow)): wide.covers(narrow)
        case (.friendAdded(let wide), .friendAdded(let narrow)),
            (.friendLost(let wide), .friendLost(let narrow)):
            wide == nil || narrow.map { wide?.isSuperset(of: $0) ?? true } ?? false
        case (.friendRequest(let wide), .friendRequest):
            wide.sources == nil && wide.notFrom.isEmpty && wide.texts.isEmpty
        case (.bot(let wide), .bot(let narrow)): wide.isSuperset(of: narrow)
        case (.event(let wide), .event(let narrow)): wide.name == narrow.name && wide.data.wanted.isEmpty
        default: false
        }
    }
}

extension MessageTrigger {
    fileprivate func covers(_ narrow: MessageTrigger) -> Bool {
        guard kinds.isSuperset(of: narrow.kinds), from == nil, notFrom.isEmpty, place == nil, !mentionsMe
        else {
            return false
        }
        return texts.allSatisfy { wide in narrow.texts.contains { wide.covers($0) } }
    }
}

extension TextCheck {
    /// Whether a text that satisfies the other always satisfies this one.
    fileprivate func covers(_ narrow: TextCheck) -> Bool {
        guard form == narrow.form, !isNegated, !narrow.isNegated, patterns.isEmpty, narrow.patterns.isEmpty,
            !wantsWholeWords || narrow.wantsWholeWords
        else { return false }
        guard kind == narrow.kind || kind == .contains && !wantsWholeWords else { return false }
        return narrow.keywords.allSatisfy { text in
            keywords.contains { word in kind == .contains ? Self.occurs(word, in: text) : word == text }
        }
    }

    private static func occurs(_ word: [UInt8], in text: [UInt8]) -> Bool {
        word.count <= text.count
            && (0...(text.count - word.count)).contains { text[$0..<$0 + word.count].elementsEqual(word) }
    }
}

/// Rules that always answer, found by what they look for: few of them can shadow any one rule.
private struct Shadows {
    private var rules: [Rule] = []
    /// By each keyword of a trigger's first text.
    private var byKeyword: [[UInt8]: [Int]] = [:]
    /// Those that look for no text.
    private var others: [Int] = []

    mutating func add(_ rule: Rule) {
        let number = rules.count
        rules.append(rule)
        for trigger in rule.triggers {
            guard case .message(let message) = trigger, let text = message.texts.first else {
                others.append(number)
                continue
            }
            for keyword in text.keywords { byKeyword[keyword, default: []].append(number) }
        }
    }

    /// The first rule that takes everything which would start this one; nil if none does.
    func shadow(of rule: Rule) -> Rule? {
        var numbers = Set(others)
        if case .message(let message)? = rule.triggers.first {
            for keyword in message.texts.compactMap(\.keywords.first) {
                // What covers it looks for a part of it.
                for start in keyword.indices {
                    for end in start..<min(keyword.count, start + 64) {
                        numbers.formUnion(byKeyword[Array(keyword[start...end])] ?? [])
                    }
                }
            }
        }
        return rule.shadow(among: numbers.sorted().map { rules[$0] })
    }
}

extension Reading {
    /// Says of each rule that can never run which one above is to blame.
    func unreachable(_ rules: [Rule]) -> [Finding] {
        var above = Shadows()
        var findings: [Finding] = []
        for rule in rules {
            if let shadow = above.shadow(of: rule) {
                var finding = finding(
                    "this rule never runs: '\(shadow.id)' in line \(shadow.place.line) answers all that would start it",
                    at: rule.position)
                finding.severity = .warning
                findings.append(finding)
            } else if rule.alwaysAnswers {
                // What is shadowed itself shadows nothing that its shadow does not.
                above.add(rule)
            }
        }
        return findings
    }
}
