import BotKit
import Engine
import Foundation
import Testing

@Suite struct `The steps of a rule` {
    private func conversation(_ steps: String, more: String = "") throws -> Conversation {
        let conversation = try Conversation(
            """
            version: 1
            vars: { count: 100, greeting: hello, list: [a, b, 3] }
            \(more)
            rules:
              - id: r
                when: { message: {} }
                then:
            \(steps.split(separator: "\n").map { "      " + $0 }.joined(separator: "\n"))
            """)
        conversation.state.contacts = [
            Contact(id: "u2", kind: .private, name: "Bob", remark: "Bobby", isFriend: true),
            Contact(id: "7@room", kind: .group, name: "Staff", isFriend: true),
            Contact(id: "8@room", kind: .group, name: "Twins", isFriend: true),
            Contact(id: "9@room", kind: .group, name: "Twins", isFriend: true),
        ]
        return conversation
    }

    private func effects(_ decision: Decision) -> [String] {
        decision.actions.map { action in
            guard case .perform(let effect, let chat, _, _) = action else { return "" }
            if case .send(.text(let text), _) = effect { return "\(chat) \(text)" }
            return "\(chat) \(effect.kind)"
        }
    }

    @Test func `send to people and rooms by whatever name they have`() throws {
        let decision = try conversation(
            """
            - send: { to: user:Bobby, text: one }
            - send: { to: "user:u2", text: two, expires: 5m, key: "k-{{ message.text }}" }
            - send: { to: chat:Staff, text: three }
            - send: { to: sender, text: four }
            - reply: { text: five, quote: true }
            - send: { to: user:Bob, card: sender }
            - forward: { to: chat:Staff }
            - forward: user:Bob
            - invite: chat:Staff
            """
        ).decision(.text("hi"))
        #expect(
            effects(decision) == [
                "u2 one", "u2 two", "7@room three", "u1 four", "u1 「Ann: hi」\nfive", "u2 card", "7@room hi",
                "u2 hi", "7@room invite",
            ])
        guard case .perform(_, _, _, let terms) = decision.actions[1] else { return }
        #expect(terms == SendTerms(lifetime: .seconds(300), key: "k-hi"))
    }

    @Test(arguments: [
        // Now is 2026-11-23 10:00 in London.
        ("18:30", 1_795_458_600), ("09:00", 1_795_510_800), ("2026-11-24 08:00", 1_795_507_200),
        ("2026-11-24T08:00", 1_795_507_200), ("2026-11-24T08:00:30+01:00", 1_795_503_630),
        ("{{ \"2026-11-24\" }} 08:00", 1_795_507_200),
    ])
    func `send later, by the bot's clock`(at: String, time: Int64) throws {
        let decision = try conversation(
            "- send: { to: user:Bob, text: x, at: '\(at)' }", more: "bot: { timezone: Europe/London }"
        ).decision(.text("hi"))
        guard case .perform(_, _, _, let terms)? = decision.actions.first else {
            Issue.record("nothing is sent")
            return
        }
        #expect(terms.notBefore == Timestamp(seconds: time))
    }

    @Test func `are as urgent as their rule or they themselves say`() throws {
        let conversation = try Conversation(
            """
            version: 1
            defaults: { priority: low }
            rules:
              - { id: a, when: { message: a }, then: { reply: a } }
              - id: b
                when: { message: b }
                priority: normal
                then: [ { reply: b }, { send: { to: sender, text: b, priority: high } } ]
            """)
        func priorities(_ text: String) -> [Priority] {
            conversation.decision(.text(text)).actions.map { action in
                if case .perform(_, _, _, let terms) = action { terms.priority } else { .normal }
            }
        }
        #expect(priorities("a") == [.low])
        #expect(priorities("b") == [.normal, .high])
    }

    @Test func `say what is no time and no priority`() throws {
        let file =
            "version: 1\nrules: [ { id: a, when: { message: a }, priority: urgent, then: "
            + "{ send: { to: sender, text: x, at: tomorrow } } } ]"
        let said = complaints(about: file)
        #expect(said.contains("2:51: error: 'urgent' is not possible here, expected high or normal or low"))
        #expect(said.contains("error: 'tomorrow' is no time, expected one such as \"18:30\""))
        let decision = try conversation("- send: { to: user:Bob, text: x, at: '{{ message.text }}' }")
            .decision(.text("soon"))
        #expect(decision.actions.isEmpty)
        #expect(decision.trace.contains { $0.verdict == .error && $0.seen.contains("soon is no time") })
    }

    @Test(arguments: [
        ("chat:Nowhere", "no room is called Nowhere"), ("user:Staff", "no person is called Staff"),
        ("chat:Twins", "more than one room is called Twins: use the id"),
    ])
    func `that cannot be taken end the run, or are caught`(target: String, reason: String) throws {
        let ended = try conversation(
            "- reply: first\n- send: { to: \(target), text: x }\n- reply: last"
        ).decision(.text("hi"))
        #expect(effects(ended) == ["u1 first"])
        #expect(ended.trace.last == TraceLine(rule: "r", check: "template", seen: reason, verdict: .error))
        let caught = try conversation(
            """
            - send: { to: \(target), text: x }
              id: the-send
              on_error: [ { reply: "{{ error.step }}: {{ error.reason }}" } ]
            - reply: last
            """
        ).decision(.text("hi"))
        #expect(effects(caught) == ["u1 the-send: \(reason)", "u1 last"])
        let whole = try Conversation(
            """
            version: 1
            defaults: { on_error: [ { reply: "{{ error.step }} failed" } ] }
            rules:
              - { id: r, when: { message: {} }, then: [ { reply: a }, { send: { to: \(target), text: x } }, { reply: b } ] }
            """)
        #expect(whole.answers("hi") == ["a", "then 2 failed"])
    }

    @Test func `go where conditions lead`() throws {
        let conversation = try conversation(
            """
            - choose:
                - { if: { expr: "message.text == 'a'" }, then: [ { reply: A } ] }
                - { if: [ { expr: "message.text == 'b'" } ], then: [ { reply: B }, { stop: enough } ] }
                - else: [ { reply: other } ]
            - { reply: only c, if: { expr: "message.text == 'c'" } }
            - reply: end
            """)
        #expect(conversation.answers("a") == ["A", "end"])
        #expect(conversation.answers("b") == ["B"])
        #expect(conversation.answers("c") == ["other", "only c", "end"])
        let trace = conversation.decision(.text("b")).trace
        #expect(trace.last == TraceLine(rule: "r", check: "stop", seen: "enough", verdict: .yes))
    }

    @Test func `go round and round`() throws {
        let conversation = try conversation(
            """
            - repeat: { times: 2, do: [ { reply: x }, { repeat: { for_each: "{{ vars.list }}", as: item, do: [ { reply: "{{ item }}" } ] } } ] }
            - repeat: { for_each: "{{ vars.nothing }}", as: item, do: [ { reply: never } ] }
            - reply: end
            """, more: "defaults: { on_error: [ { set: { name: nothing, value: x } } ] }")
        #expect(conversation.answers("hi") == ["x", "a", "b", "3", "x", "a", "b", "3", "end"])
    }

    @Test func `change variables, for themselves and for later`() throws {
        var conversation = try conversation(
            """
            - set: { name: word, value: "{{ message.text | upper }}" }
            - add: { scope: bot, name: count, value: 2 }
              save_as: sum
            - add: { scope: sender, name: mine, value: "{{ vars.count * 10 }}", expires: 1h }
            - reply: "{{ vars.word }} {{ vars.count }} {{ sum }} {{ vars.mine }} {{ vars.greeting }}"
            - { clear: { name: word }, if: { expr: "message.text == 'b'" } }
            - reply: "{{ vars.word | default('none') }}"
            """)
        #expect(conversation.say("a") == ["A 102 102 1020 hello", "A"])
        #expect(conversation.say("b") == ["B 104 104 2060 hello", "none"])
        conversation.sender.id = "u9"
        conversation.now = conversation.now + .seconds(60)
        #expect(conversation.say("a") == ["A 106 106 1060 hello", "A"])
        conversation.sender.id = "u1"
        conversation.now = conversation.now + .seconds(3600)
        #expect(conversation.say("a") == ["A 108 108 1080 hello", "A"])
    }

    @Test func `tag people and see it`() throws {
        var conversation = try conversation(
            """
            - { tag: [customer, new], if: { sender: { not_tagged: customer } } }
            - { untag: new, if: { expr: "message.text == 'b'" } }
            - reply: "{{ sender.tags | join('+') }}"
            """)
        #expect(conversation.say("a") == ["customer+new"])
        #expect(conversation.say("b") == ["customer"])
        #expect(conversation.state.tags["u1"] == ["customer"])
    }

    @Test func `tell other rules, but not for ever`() throws {
        let conversation = try Conversation(
            rules: """
                  - { id: ask, when: { message: {} }, then: [ { emit: { name: seen, data: { text: "{{ message.text }}", n: "{{ 1 + 1 }}" } } } ] }
                  - id: hear
                    when: { event: { name: seen, data: { n: 2 } } }
                    then: [ { reply: "{{ event.name }}: {{ event.data.text }}" }, { emit: seen } ]
                """)
        let emitted = conversation.decision(.text("hi")).emitted
        #expect(
            emitted == [EmittedEvent(name: "seen", data: ["text": .text("hi"), "n": .number(2)], depth: 1)])
        #expect(conversation.decision(.emitted(emitted[0])).texts == ["seen: hi"])
        var deep = emitted[0]
        deep.depth = 8
        let last = conversation.decision(.emitted(deep))
        #expect(last.texts == ["seen: hi"] && last.emitted.isEmpty)
        #expect(last.trace.last?.verdict == .error)
        deep.data["n"] = .number(3)
        #expect(conversation.decision(.emitted(deep)).texts.isEmpty)
    }

    @Test func `answer friend requests`() throws {
        let conversation = try Conversation(
            rules: """
                  - id: accept
                    when: { friend_request: { says_any: [customer, 客户], source: [qr_code, search] } }
                    then:
                      - accept_friend: { tag: customer, remark: "{{ sender.name }} ({{ today | date('yyyy-MM-dd') }})" }
                      - send: { to: sender, text: "Hi {{ sender.name }}" }
                  - { id: rest, when: { friend_request: { matches: '^(?<all>.*)$' } }, then: [ { decline_friend: }, { alert: "{{ match.all }}" } ] }
                """)
        func decision(_ greeting: String, _ source: String = "30") -> Decision {
            conversation.decision(
                .friendRequest(
                    FriendRequest(person: "u1", name: "Ann", greeting: greeting, source: source, token: "t")))
        }
        let accepted = decision("I am a Customer")
        #expect(effects(accepted) == ["u1 accept_friend", "u1 set_remark", "u1 Hi Ann"])
        #expect(accepted.changes == [.tag("customer", on: "u1", isSet: true)])
        if case .perform(.setRemark(let remark), _, _, _) = accepted.actions[1] {
            #expect(remark == "Ann (2026-11-23)")
        }
        #expect(effects(decision("customer", "15")).first == "u1 accept_friend")
        for source in ["6", "13", "14", "18", "28", "?"] {
            #expect(effects(decision("customer", source)) == ["u1 decline_friend"])
        }
        let refused = decision("customer", "17")
        #expect(effects(refused) == ["u1 decline_friend"])
        #expect(refused.notes == [Note(isAlert: true, rule: "rest", text: "customer")])
        #expect(effects(decision("spam")) == ["u1 decline_friend"])
        #expect(conversation.answers("customer").isEmpty)
    }
}
