import BotKit
import Engine

/// Decisions of one core: 60% of the messages match nothing, 30% a keyword, 10% a regular expression with a capture.
func decisionFigures() async throws -> [Figure] {
    let count = 100_000
    let few = try RulesFile.parse(Array(rulesText(10).utf8), secrets: NoSecrets()).rules
    let many = try RulesFile.parse(Array(rulesText(10_000).utf8), secrets: NoSecrets()).rules
    let events = (0..<1000).map(event)
    let circumstances = Circumstances(account: "bench", now: Timestamp(seconds: 1_800_000_000))
    let state = MemoryState(now: circumstances.now)
    func decide(_ rules: RuleSet, _ tracing: RuleSet.Tracing) throws {
        for index in 0..<count {
            _ = try rules.decide(events[index % events.count], in: circumstances, state, tracing: tracing)
        }
    }
    return [
        try await rate("decisions at 10 rules", per: count) { try decide(few, .looked) },
        try await rate("decisions at 10 rules, tracing every rule", per: count) {
            try decide(few, .everything)
        },
        try await rate("decisions at 10,000 rules", per: count) { try decide(many, .looked) },
    ]
}

/// Three quarters keywords, one quarter regular expressions.
private func rulesText(_ count: Int) -> String {
    var text = "version: 1\nrules:\n"
    for number in 0..<count {
        let check =
            number % 4 == 3
            ? #"matches: 'order\s+(?<number>[A-Z]{2}\d{4})-\#(number)'"# : "contains: keyword\(number)x"
        text += """
              - id: rule-\(number)
                when: { message: { \(check) } }
                then: [ { reply: "answer \(number)" } ]

            """
    }
    return text
}

private func event(_ number: Int) -> Event {
    let text =
        switch number % 10 {
        case 0..<6: "Good morning, I was wondering about the weather today 今天天气怎么样 thanks a lot"
        case 6..<9: "Hello, can you tell me more about keyword\(number % 9)x please? 谢谢"
        default: "please look at order AB1234-\(number % 20 < 10 ? 3 : 7) for me, it has not arrived"
        }
    return Event(
        id: EventID("\(number)"), chat: "ann", chatKind: .private, time: Timestamp(seconds: 1_800_000_000),
        body: .message(Message(sender: "ann", content: .text(text))))
}
