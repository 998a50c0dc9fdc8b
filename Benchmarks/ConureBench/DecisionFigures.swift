import BotKit
import Engine
import Foundation
import Logging

/// Decisions of one core: 60% of the messages match nothing, 30% a keyword, 10% a regular expression with a capture.
func decisionFigures() async throws -> [Figure] {
    // First of all: what others have used and given back would be used again, and hide what rules take.
    let memory = try memoryOfRules(10_000)
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
    let list = try RulesFile.parse(Array(listText(100_000).utf8), secrets: NoSecrets()).rules
    return try await [
        rate("decisions at 10 rules", per: count) { try decide(few, .looked) },
        rate("decisions at 10 rules, tracing every rule", per: count) { try decide(few, .everything) },
        rate("decisions at 10,000 rules", per: count) { try decide(many, .looked) },
        rate("decisions at 100,000 keywords in one list", per: count) { try decide(list, .looked) },
        memory,
    ] + loadTimes(rulesText(10_000), "10,000 rules")
        + loadTimes(listText(100_000), "100,000 keywords in one list")
}

/// How much more memory the process holds with rules than without. The file's text and its tree are gone by then; what the
/// allocator keeps of them counts. What the libraries take once, however many rules there are, does not.
private func memoryOfRules(_ count: Int) throws -> Figure {
    _ = try RulesFile.parse(Array(rulesText(100).utf8), secrets: NoSecrets())
    let before = residentBytes()
    let rules = try RulesFile.parse(Array(rulesText(count).utf8), secrets: NoSecrets()).rules
    let figure = Figure(
        what: "memory per rule, \(count) rules", unit: "bytes",
        values: [Double(max(0, residentBytes() - before)) / Double(count)])
    return withExtendedLifetime(rules) { figure }
}

func residentBytes() -> Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 1024
}

/// How long it takes from bytes to rules that decide: with nothing kept, and with all that was compiled kept.
private func loadTimes(_ text: String, _ what: String) throws -> [Figure] {
    let folder = NSTemporaryDirectory() + "conure-bench-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let bytes = Array(text.utf8)
    func seconds() throws -> Double {
        let cache = ScannerCache(folder: folder, logger: Logger(label: "bench"))
        return try ContinuousClock().measure {
            _ = try RulesFile.parse(bytes, secrets: NoSecrets(), cache: cache)
        } / .seconds(1)
    }
    var cold: [Double] = []
    var kept: [Double] = []
    for _ in 0..<3 {
        try? FileManager.default.removeItem(atPath: folder)
        cold.append(try seconds())
        kept.append(try seconds())
    }
    return [
        Figure(what: "loading \(what), first start", unit: "s", values: cold),
        Figure(what: "loading \(what), compiled before", unit: "s", values: kept),
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

/// One rule with one list, and one with an expression, for the messages that want one.
private func listText(_ count: Int) -> String {
    let words = (0..<count).map { "keyword\($0)x" }.joined(separator: ", ")
    return """
        version: 1
        rules:
          - id: list
            when: { message: { contains: [\(words)] } }
            then: [ { reply: "answer" } ]
          - id: order
            when: { message: { matches: 'order\\s+(?<number>[A-Z]{2}\\d{4})-\\d' } }
            then: [ { reply: "order {{ match.number }}" } ]
        """
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
