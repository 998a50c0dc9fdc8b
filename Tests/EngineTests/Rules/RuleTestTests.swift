import BotKit
import Engine
import Foundation
import Testing

@Suite struct `Tests in a rules file` {
    private func failures(_ tests: String) throws -> [String] {
        let text = """
            version: 1
            bot: { timezone: Asia/Shanghai }
            vars: { n: 1 }
            rules:
              - id: price
                when: { message: { contains: [price, 多少钱], mentions_me: true } }
                if: [ { time: { days: weekdays, between: ["09:00", "18:00"] } }, { sender: { not_tagged: staff } } ]
                cooldown: 10m per chat
                then: [ { reply: "Our price list" }, { send: { to: "chat:Staff", text: "asked by {{ sender.name }}" } }, { emit: asked } ]
                else: [ { reply: closed } ]
              - { id: heard, when: { event: asked }, then: [ { reply: "n is {{ vars.n }}" } ] }
              - { id: friends, when: { friend_request: { says_any: hi, source: search } }, then: [ { accept_friend: } ] }
              - { id: news, when: { message: go }, then: [ { broadcast: { to: { friends: true }, text: "hi {{ recipient.name }}, {{ vars.n }}", expires: 1h } } ] }
              - { id: strangers, when: { message: who }, if: { sender: { friend: false } }, then: [ { reply: "{{ chat.name }}" } ] }
            tests:
            \(tests)
            """
        return try RulesFile.parse(Array(text.utf8), secrets: NoSecrets()).failures().map(\.headline)
    }

    @Test(arguments: [
        "{ given: { message: 多少钱?, at: '2026-11-23 10:00' }, expect: { rule: price, replies: [ '/list$/', n is 1 ], sends: asked by Tester, emits: asked } }",
        "{ given: { message: price, at: '2026-11-22 10:00', from: 'user:Ann' }, expect: { rule: price, replies: closed, sends: [], emits: [] } }",
        "{ given: { message: price }, expect: { rule: price } }",
        "{ given: { message: price, tagged: staff }, expect: { replies: closed } }",
        "{ given: { message: price, chat: group }, expect: { rule: none, replies: [] } }",
        "{ given: { message: price, chat: group, mentions_me: true, vars: { n: 7 } }, expect: { replies: [Our price list, n is 7] } }",
        "{ given: { friend_request: hi }, expect: { accepts: true, rule: friends } }",
        "{ given: { friend_request: hi, source: card }, expect: { accepts: false, rule: none } }",
        "{ given: { event: asked }, expect: { replies: n is 1 } }",
        "{ given: { message: go }, expect: { broadcasts: 'hi recipient, 1', replies: [], sends: [] } }",
        "{ given: { message: who, from: stranger, chat: 'chat:Lobby' }, expect: { replies: Lobby } }",
    ])
    func `pass if all comes as expected`(test: String) throws {
        #expect(try failures("  - \(test)") == [])
    }

    @Test(arguments: [
        (
            "{ given: { message: hello }, expect: { rule: price } }",
            "expected price to run, and none does: contains says no, seeing 'hello'"
        ),
        ("{ given: { message: price }, expect: { rule: none } }", "expected no rule to run, and price does"),
        (
            "{ given: { message: price }, expect: { replies: [/liszt/] } }",
            "expected the reply /liszt/, got 'Our price list'"
        ),
        (
            "{ given: { message: price }, expect: { replies: [Our price list, n is 1, more] } }",
            "expected the reply 'more', got no more"
        ),
        ("{ given: { message: price }, expect: { replies: [] } }", "expected no reply, got 'Our price list'"),
        (
            "{ given: { message: price }, expect: { sends: nothing } }",
            "expected the message to somebody else 'nothing', got 'asked by Tester'"
        ),
        ("{ given: { message: price }, expect: { emits: [] } }", "expected the events none, got asked"),
        ("{ given: { message: price }, expect: { accepts: true } }", "expected the request to be accepted"),
        (
            "{ given: { message: who }, expect: { rule: strangers } }",
            "expected strangers to run, and none does: sender says no, seeing 'a friend'"
        ),
    ])
    func `say what was expected and what came`(test: String, failure: String) throws {
        #expect(try failures("  - \(test)") == ["rules.yaml:16:5: error: this test fails: \(failure)"])
    }

    @Test func `keep a file from being loaded`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "conure-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "rules.yaml").path
        let text = "version: 1\nrules: []\ntests: [ { given: { message: x }, expect: { replies: y } } ]\n"
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        #expect(throws: RulesFileError.self) { try RulesFile.load(path: path, secrets: NoSecrets()) }
    }

    @Test func `explain which rule runs, and why the others do not`() throws {
        let conversation = try Conversation(
            rules: """
                  - { id: a, when: { message: { contains: x } }, then: [ { reply: a } ] }
                  - { id: b, when: { friend_added: }, then: [ { reply: b } ] }
                  - { id: c, when: { message: {} }, if: { sender: { friend: false } }, then: [ { reply: c } ], else: [ { reply: not c } ] }
                  - { id: d, when: { message: {} }, then: [ { reply: d } ] }
                """)
        let event = Event(
            id: "e", chat: "u1", chatKind: .private, time: conversation.now,
            body: .message(Message(sender: "u1", content: .text("hi"))))
        let explanation = try conversation.file.rules.explain(
            event, in: Circumstances(account: "bot", sender: conversation.sender, now: conversation.now),
            conversation.state)
        let lines = explanation.rules.map {
            "\($0.id) \($0.verdict.rawValue) \($0.check) \($0.seen) \($0.place.line)"
        }
        #expect(
            lines == ["a no contains hi 3", "c runs_else sender not a friend 5", "d not_reached   6"]
                || lines == ["a no contains hi 3", "c runs_else sender a friend 5", "d not_reached   6"])
        #expect(explanation.decision.texts == ["not c"])
    }
}
