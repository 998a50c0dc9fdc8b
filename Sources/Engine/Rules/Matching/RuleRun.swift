import BotKit

/// The decision about one event, while it is made.
struct RuleRun {
    let event: Event
    let circumstances: Circumstances
    var decision = Decision()

    init(event: Event, circumstances: Circumstances) {
        self.event = event
        self.circumstances = circumstances
    }

    /// Takes the steps of a rule that fired, up to the first that fails.
    mutating func perform(_ rule: Rule, values: TemplateValues) {
        for step in rule.steps {
            switch step {
            case .reply(let answer):
                do {
                    let text = try template(of: answer).render(values)
                    decision.actions.append(.perform(.send(.text(text)), in: event.chat, rule: rule.id))
                } catch {
                    decision.trace.append(
                        TraceLine(rule: rule.id, check: "template", seen: error.reason, verdict: .error))
                    return
                }
            }
        }
    }

    private mutating func template(of answer: Answer) throws(TemplateError) -> Template {
        switch answer {
        case .template(let template): return template
        case .named(let text):
            guard text.choices.count > 1 else {
                guard let only = text.choices.first else { throw TemplateError(reason: "nothing to say") }
                return only
            }
            let last = decision.picks[text.name] ?? circumstances.lastPicks[text.name]
            let index = Pick.index(of: text.choices.count, for: event.id, list: text.name, last: last)
            decision.picks[text.name] = index
            return text.choices[index]
        }
    }
}
