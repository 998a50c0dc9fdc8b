import BotKit
import Engine
import Testing

@Suite struct `A message and a rule` {
    @Test(arguments: [
        // says
        ("hello", "hello", true), ("hello", "HELLO", true), ("hello", "  hello\n", true),
        ("hello", "hello you", false),
        ("[hello, 你好]", "你好", true), ("hello", "ｈｅｌｌｏ", true), ("\"ＨＥＬＬＯ\"", "hello", true),
        ("{ says: hello, ignore_case: false }", "Hello", false),
        ("{ says: hello, normalise: false }", "ｈｅｌｌｏ", false),
        ("{ says: hello, normalise: no }", "HELLO", true),
        ("{ says: \"hello \", normalise: no }", "hello", false),
        ("{ says: no }", "no", true), ("{ says: \"22:30\" }", "22:30", true), ("{ says: 0x10 }", "16", false),
        ("é", "e\u{301}", true),
        // contains
        ("{ contains: price }", "What's the PRICE?", true), ("{ contains: 多少钱 }", "这个多少钱啊", true),
        ("{ contains: price }", "pric e", false), ("{ contains: [a1, b2] }", "xxb2", true),
        ("{ contains: \" is \" }", "this", false), ("{ contains: aab }", "aaaab", true),
        ("{ contains: abc }", "ab", false),
        // starts_with, ends_with
        ("{ starts_with: order }", "Order 12", true), ("{ starts_with: order }", "my order", false),
        ("{ ends_with: \"?\" }", "真的吗？", true), ("{ ends_with: \"?\" }", "? no", false),
        ("{ starts_with: [a, b], ends_with: z }", "b to z", true),
        ("{ starts_with: [a, b], ends_with: z }", "b to y", false),
        // matches
        ("{ matches: '^\\d{3}$' }", "123", true), ("{ matches: '^\\d{3}$' }", "１２３", true),
        ("{ matches: '^订单：\\d+$' }", "订单：12", true), ("{ matches: '^订单：\\d+$' }", "订单:12", true),
        ("{ matches: '（a|b）' }", "a", false), ("{ matches: '（a|b）' }", "(a", true),
        ("{ matches: 'ab' }", "xABx", true),
        ("{ matches: 'ab', ignore_case: false }", "xABx", false), ("{ matches: ['x', 'y'] }", "y", true),
        ("{ matches: '[[:digit:]]' }", "7", true), ("{ matches: '^[]x]$' }", "]", true),
        ("{ matches: '\\Q(?=\\E' }", "(?=", true), ("{ matches: '[(?=]' }", "=", true),
        ("{ matches: '\\(?=' }", "=", true),
        // in, kinds of nothing
        ("{ in: private }", "x", true), ("{ in: group }", "x", false), ("{ in: [group, any] }", "x", true),
        ("{}", "anything", true), ("hello", "", false),
    ])
    func `a text key holds or not`(message: String, text: String, holds: Bool) throws {
        #expect(
            try Conversation(message: message).answers(text) == (holds ? ["yes"] : []), "\(message) / \(text)"
        )
    }

    @Test(arguments: [
        ("{ from: user:u1 }", true), ("{ from: user:Ann }", true), ("{ from: user:Boss }", true),
        ("{ from: user:Bob }", false), ("{ from: [user:Bob, user:Ann] }", true), ("{ from: anyone }", true),
        ("{ not_from: user:Ann }", false), ("{ not_from: [user:Bob] }", true),
        ("{ from: user:u1, not_from: user:Boss }", false), ("{ in: chat:team }", true),
        ("{ in: chat:g1 }", true),
        ("{ in: chat:other }", false), ("{ in: [private, chat:team] }", true), ("{ in: group }", true),
        ("{ in: private }", false),
    ])
    func `a person or a place is known by name, remark or id`(message: String, holds: Bool) throws {
        var conversation = try Conversation(message: message)
        conversation.sender.remark = "Boss"
        conversation.chat = Contact(id: "g1", kind: .group, name: "team", isFriend: false)
        #expect(conversation.answers("hi") == (holds ? ["yes"] : []), "\(message)")
    }

    @Test func `the first rule that matches answers alone, unless it says continue`() throws {
        let conversation = try Conversation(
            rules: """
                  - { id: off, enabled: no, when: { message: hi }, then: { reply: "0" } }
                  - { id: one, when: { message: hi }, continue: true, then: [{ reply: "1" }, { reply: { text: "1b" } }] }
                  - { id: two, when: [{ message: no }, { message: hi }], then: { reply: "2" } }
                  - { id: three, when: { message: hi }, then: { reply: "3" } }
                """)
        #expect(conversation.answers("hi") == ["1", "1b", "2"])
        #expect(conversation.file.rules.count == 3)
    }

    @Test func `own messages and unknown kinds are passed over, with a line that says so`() throws {
        let conversation = try Conversation(message: "{}")
        let own = conversation.decision(.text("hi"), isOwn: true)
        #expect(own == Decision(trace: [TraceLine(rule: "", check: "own", seen: "u1", verdict: .no)]))
        let image = conversation.decision(.unsupported(kind: "image", raw: "<img/>"))
        #expect(image == Decision(trace: [TraceLine(rule: "r", check: "kind", seen: "image", verdict: .no)]))
    }

    @Test func `every check leaves a line, a rule that does not fire only its first no`() throws {
        let conversation = try Conversation(
            rules: """
                  - { id: a, when: { message: { in: group, says: x } }, then: { reply: "a" } }
                  - { id: b, when: [{ message: x }, { message: { from: user:u1, contains: h, ends_with: i } }], then: { reply: b } }
                """)
        let lines = conversation.decision(.text("hi")).trace.map {
            "\($0.rule) \($0.check) \($0.seen) \($0.verdict)"
        }
        let fired = ["b from Ann (u1) yes", "b contains hi yes", "b ends_with hi yes", "b then b yes"]
        #expect(lines == ["a in private u1 no", "b says hi no"] + fired)
        #expect(conversation.decision(.text("hi"), tracing: .fired).trace.count == fired.count)
        let long = conversation.decision(.text(String(repeating: "长", count: 500))).trace
        #expect(long.dropLast().last?.seen == String(repeating: "长", count: 80) + "…")
    }

    @Test(arguments: ["(a+)+$", "(a|a)*b", "(.*)*x", "^(([a-z])+.)+[A-Z]([a-z])+$"])
    func `an exploding expression ends on a long text`(pattern: String) throws {
        let conversation = try Conversation(message: "{ matches: '\(pattern)' }")
        let text = String(repeating: "a", count: 200_000)
        #expect(conversation.answers(text + "!").isEmpty)
    }
}
