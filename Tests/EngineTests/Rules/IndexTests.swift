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

    /// Each would take a back-tracking engine longer than the universe is old; the suite's time limit is the assertion.
    @Test(
        .timeLimit(.minutes(5)),
        arguments: [
            "(a+)+$", "(a|aa)+$", "(a|a?)+$", "(.*a){12}$", "(.*)(.*)(.*)(.*)(.*)(.*)!$",
            "^(([a-z])+.)+[A-Z]([a-z])+$",
            "(x+x+)+y", "([a-zA-Z]+)*$", "(?:a?){30}a{30}$", "^(a*)*(b*)*(a*)*c$",
            "(" + (0..<50).map { "a{1,3}b\($0)" }.joined(separator: "|") + ")+$",
        ])
    func `expressions that make others explode are linear here`(_ expression: String) throws {
        let rules = try RulesFile.parse(
            Array(
                """
                version: 1
                rules:
                  - { id: r, when: { message: { matches: '\(expression)' } }, then: { reply: "yes" } }
                """.utf8), secrets: FixedSecrets()
        ).rules
        let circumstances = Circumstances(account: "bot", now: Timestamp(seconds: 1_800_000_000))
        for text in [
            String(repeating: "a", count: 100_000) + "?", String(repeating: "x", count: 5000) + "?",
            String(repeating: "ab", count: 2500) + "?", String(repeating: "a", count: 30),
        ] {
            let event = Self.event(text)
            let all = try rules.decide(
                event, in: circumstances, MemoryState(now: circumstances.now), tracing: .everything
            ).actions
            let found = try rules.decide(
                event, in: circumstances, MemoryState(now: circumstances.now), tracing: .fired
            ).actions
            #expect(found == all)
        }
    }

    @Test func `any text finds the same among 10,000 rules with the index and without`() throws {
        var random = Seeded(state: 77)
        var text = "version: 1\nrules:\n"
        for number in 0..<10_000 {
            let key =
                ["says", "contains", "starts_with", "ends_with"].randomElement(using: &random) ?? "says"
            // Few letters and few lengths: many rules share a keyword, and many hold.
            let word = (0..<Int.random(in: 1...4, using: &random)).compactMap { _ in
                ["a", "b", "价", "é", "😀", "Q"].randomElement(using: &random)
            }.joined()
            let check =
                number % 20 == 0
                ? "matches: '\(word)(?<n>\\d{1,3})\(word)'"
                : "\(key): '\(word)', ignore_case: \(Bool.random(using: &random))"
            text += """
                  - { id: r\(number), continue: true, when: { message: { \(check) } }, then: { reply: "\(number)" } }

                """
        }
        let rules = try RulesFile.parse(Array(text.utf8), secrets: FixedSecrets()).rules
        let circumstances = Circumstances(account: "bot", now: Timestamp(seconds: 1_800_000_000))
        var texts = ["", " ", "\u{0}", "a", "价格", "AQ12aq", String(repeating: "ab价é😀Q1", count: 1000)]
        for length in [1, 2, 3, 5, 8, 13, 40, 200, 16_384] {
            // Every scalar there is, and often those of the keywords.
            var made = String.UnicodeScalarView()
            while String(made).utf8.count < length {
                for _ in 0..<max(1, length / 8) {
                    let scalar =
                        Bool.random(using: &random)
                        ? "abAB价é😀Q17 ".unicodeScalars.randomElement(using: &random)
                        : Unicode.Scalar(UInt32.random(in: 0...0x10FFFF, using: &random))
                    if let scalar { made.append(scalar) }
                }
            }
            texts.append(String(made))
        }
        var fired = 0
        for text in texts {
            let event = Self.event(text)
            let all = try rules.decide(
                event, in: circumstances, MemoryState(now: circumstances.now), tracing: .everything
            ).actions
            let found = try rules.decide(
                event, in: circumstances, MemoryState(now: circumstances.now), tracing: .fired
            ).actions
            #expect(found == all, "\(text.prefix(100).debugDescription)")
            fired += found.count
        }
        #expect(fired > 1000)
    }

    private static func event(_ text: String) -> Event {
        Event(
            id: "1", chat: "ann", chatKind: .private, time: Timestamp(seconds: 1_800_000_000),
            body: .message(Message(sender: "ann", content: .text(text))))
    }
}
