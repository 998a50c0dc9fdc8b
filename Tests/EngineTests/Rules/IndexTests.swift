import BotKit
import Engine
import Testing

/// What the index finds must be what looking at every rule finds.
struct IndexTests {
    private static let words = [
        "price", "PRICE", "价格", "多少", "straße", "ÄÖ", "äö", "İx", "Kelvin", "\u{212A}elvin", "ſoft", "soft",
        "naïve", "x", "ab", "b", "ＡＢ", " a", "a ", "😀", "e\u{301}", "Σίσυφος", "ΣΊΣΥΦΟΣ",
    ]
    private static let expressions = [
        "price", "^price$", #"\bprice\b"#, #"\d+\s*(元|yuan)"#, #"order\s+(?<number>[A-Z]{2}\d{2})"#,
        "(a|ab)(c|bcd)?$",
        "[^a-z]x", #"\W多"#, "ä.*ö", "stras?ße", "K", "s", "(?i)ÄÖ", "^$", "x{3,5}", "(?s)a.b", "σ", "[à-ö]",
        #"\pL\d"#, "(?:ab)+$", "Σίσυφος", "(x*)*y", ".",
    ]
    private static let keys = ["says", "contains", "starts_with", "ends_with", "matches"]

    @Test(arguments: 0..<40)
    func `a text finds the same rules with the index and without`(_ seed: Int) throws {
        var random = Seeded(state: UInt64(seed))
        var text = "version: 1\nrules:\n"
        for number in 0..<30 {
            let key = Self.keys.randomElement(using: &random) ?? ""
            let values = key == "matches" ? Self.expressions : Self.words
            let chosen = (0..<Int.random(in: 1...3, using: &random)).compactMap { _ in
                values.randomElement(using: &random).map { "'\($0)'" }
            }
            let more =
                Bool.random(using: &random)
                ? "" : ", contains: '\(Self.words.randomElement(using: &random) ?? "")'"
            text += """
                  - id: r\(number)
                    continue: true
                    when: { message: { \(key): [\(chosen.joined(separator: ", "))]\(key == "contains" ? "" : more), \
                ignore_case: \(Bool.random(using: &random)), normalise: \(Bool.random(using: &random)) } }
                    then: [ { reply: "\(number)" } ]

                """
        }
        let rules = try RulesFile.parse(Array(text.utf8), secrets: FixedSecrets()).rules
        let circumstances = Circumstances(account: "bot", now: Timestamp(seconds: 1_800_000_000))
        let state = MemoryState(now: circumstances.now)
        for number in 0..<300 {
            let pieces = (0..<Int.random(in: 0...4, using: &random)).compactMap { _ in
                (Self.words + ["order AB12", "12 元", "abcd", "\n", "xxxx", " ", "y1", "ö"]).randomElement(
                    using: &random)
            }
            let event = Event(
                id: EventID("\(number)"), chat: "ann", chatKind: .private, time: circumstances.now,
                body: .message(
                    Message(
                        sender: "ann",
                        content: .text(pieces.joined(separator: Bool.random(using: &random) ? " " : "")))))
            let all = try rules.decide(event, in: circumstances, state, tracing: .everything).actions
            let found = try rules.decide(event, in: circumstances, state, tracing: .fired).actions
            #expect(found == all, "\(event.body)")
        }
    }

    @Test func `rules about people and places are found by them`() throws {
        let file = try RulesFile.parse(
            Array(
                """
                version: 1
                rules:
                  - id: boss
                    continue: true
                    when: { message: { from: ['user:boss', 'user:Ann'] } }
                    then: [ { reply: boss } ]
                  - id: room
                    continue: true
                    when: { message: { in: "chat:7@chatroom" } }
                    then: [ { reply: room } ]
                  - id: anything
                    when: { message: { in: [group, 'chat:ann'] } }
                    then: [ { reply: anything } ]
                """.utf8), secrets: FixedSecrets())
        func answers(
            _ sender: PersonID, _ name: String, in chat: ChatID, _ kind: ChatKind
        ) throws -> [Effect] {
            let event = Event(
                id: "1", chat: chat, chatKind: kind, time: Timestamp(seconds: 1_800_000_000),
                body: .message(Message(sender: sender, content: .text("hi"))))
            let contact = Contact(id: sender.rawValue, kind: .private, name: name, isFriend: true)
            let circumstances = Circumstances(
                account: "bot", sender: contact, now: Timestamp(seconds: 1_800_000_000))
            let state = MemoryState(now: circumstances.now)
            return try file.rules.decide(event, in: circumstances, state).actions.map { action in
                if case .perform(let effect, _, _, _) = action { effect } else { .leaveRoom }
            }
        }
        func texts(_ texts: String...) -> [Effect] { texts.map { .send(.text($0)) } }
        #expect(try answers("u1", "Ann", in: "u1", .private) == texts("boss"))
        #expect(try answers("ann", "Ann", in: "ann", .private) == texts("boss", "anything"))
        #expect(try answers("boss", "", in: "7@chatroom", .group) == texts("boss", "room", "anything"))
        #expect(try answers("bob", "Bob", in: "bob", .private) == [])
    }
}
