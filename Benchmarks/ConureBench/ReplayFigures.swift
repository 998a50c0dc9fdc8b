import BotKit
import Engine
import Foundation
import Store

/// Recorded events taken through rules once more, on one core: 300,000 messages of 10,000 people, a third of which was
/// answered. Under ten rules, one of them with a cool-down, one with a variable and one with a choice of texts.
func replayFigures() async throws -> [Figure] {
    let count = 300_000
    var figures: [Figure] = []
    try await withBenchFolder { folder in
        let path = folder + "/store.sqlite"
        let rules = try RulesFile.parse(Array(rulesText(price: 10).utf8), secrets: NoSecrets()).rules
        let changed = try RulesFile.parse(Array(rulesText(price: 12).utf8), secrets: NoSecrets()).rules
        try await record(count, in: path, by: RuleDecider(account: "bench", rules: LiveRules(rules)))
        let store = ReadOnlyStore(path: path)
        func replay(_ rules: RuleSet) throws -> ReplayReport {
            try store.history(
                of: "bench", since: Timestamp(seconds: 0), now: Timestamp(seconds: 1_900_000_000)
            ) { try Replay.report(rules, through: $0, listing: 50) }
        }
        guard try replay(rules).total.differences == 0, try replay(changed).total.different > 0 else {
            throw ReplayIsWrong()
        }
        let before = residentBytes()
        let used = clock()
        figures.append(
            try await rate("replay, the rules that decided", per: count) { _ = try replay(rules) })
        figures.append(
            try await rate("replay, changed rules, one answer in two different", per: count) {
                _ = try replay(changed)
            })
        // Six runs of each. One thread does it all, so this is what one core could do that nobody else uses.
        let seconds = Double(clock() - used) / Double(CLOCKS_PER_SEC)
        figures.append(
            Figure(
                what: "replay, for each second of processor time", unit: "events",
                values: [Double(12 * count) / seconds]))
        figures.append(
            Figure(
                what: "memory that twelve more replays take", unit: "MiB",
                values: [Double(max(0, residentBytes() - before)) / 1_048_576]))
    }
    return figures
}

private struct ReplayIsWrong: Error, CustomStringConvertible {
    let description = "a replay of the rules that decided shows differences, or one of changed rules none"
}

private func record(_ count: Int, in path: String, by decider: RuleDecider) async throws {
    let store = try Store(path: path)
    try await store.open("bench", now: Timestamp(seconds: 1_800_000_000))
    let page = 1000
    let people = (0..<10_000).map {
        Contact(id: "wxid_person\($0)", kind: .private, name: "Person \($0)", isFriend: true)
    }
    for start in stride(from: 0, to: count, by: page) {
        let now = Timestamp(seconds: 1_800_000_000 + Int64(start))
        let changes = Changes(
            key: SyncKey(bytes: Array("\(start)".utf8)),
            events: (start..<start + page).map { event($0, of: people, at: now) },
            contacts: start == 0 ? people : [])
        _ = try await store.append(changes, to: "bench", now: now)
        let waiting = try await store.undecided(of: "bench", after: 0, limit: page)
        _ = try await store.decide(waiting, of: "bench", lifetime: .seconds(3600), now: now) {
            try decider.decide($0, $1)
        }
    }
}

private func event(_ number: Int, of people: [Contact], at now: Timestamp) -> Event {
    let person = people[(number &* 7919) % people.count].id
    let text =
        switch number % 12 {
        case 0: "Hello, what is the price of the blue one? 谢谢"
        case 1: "what is the price please"
        case 2: "thanks"
        case 3: "I am here again"
        default: "Good morning, I was wondering about the weather today 今天天气怎么样 thanks a lot"
        }
    return Event(
        id: EventID("message-\(number)"), chat: ChatID(person), chatKind: .private, time: now,
        body: .message(Message(sender: PersonID(person), content: .text(text))))
}

private func rulesText(price: Int) -> String {
    let others = (0..<7).map {
        "  - { id: other-\($0), when: { message: { contains: nobody-says-\($0) } }, then: { reply: \"\($0)\" } }"
    }
    return """
        version: 1
        texts: { thanks: ["You are welcome", "Any time", "My pleasure"] }
        rules:
        \(others.joined(separator: "\n"))
          - { id: price, when: { message: { contains: price } }, cooldown: 10m per chat, then: { reply: "\(price) EUR, {{ sender.name }}" } }
          - { id: thanks, when: { message: thanks }, then: { reply: texts.thanks } }
          - { id: visits, when: { message: { contains: here } }, then: [ { add: { name: visits, value: 1 } }, { reply: "visit {{ vars.visits }}" } ] }
        """
}
