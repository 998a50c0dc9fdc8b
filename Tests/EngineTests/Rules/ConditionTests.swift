import BotKit
import Engine
import Testing

@Suite struct `A condition` {
    private func holds(
        _ condition: String, bot: String = "{}", _ change: (inout Conversation) -> Void = { _ in }
    ) throws -> Bool {
        var conversation = try Conversation(
            """
            version: 1
            bot: \(bot)
            vars: { n: 5, s: "05", flag: true }
            rules:
              - id: r
                when: { message: {} }
                if: [ \(condition) ]
                then: [ { reply: yes } ]
                else: [ { reply: no } ]
            """)
        change(&conversation)
        let answers = conversation.answers("hi there")
        #expect(answers == ["yes"] || answers == ["no"])
        return answers == ["yes"]
    }

    // 2026-11-23 10:00 UTC is a Monday.
    @Test(arguments: [
        ("{ between: ['09:00', '18:00'] }", true), ("{ between: ['10:00', '10:01'] }", true),
        ("{ between: ['09:00', '10:00'] }", false), ("{ between: ['22:30', '10:30'] }", true),
        ("{ between: ['10:30', '09:00'] }", false), ("{ days: mon }", true), ("{ days: weekend }", false),
        ("{ days: [tue, weekdays] }", true), ("{ days: [sun], between: ['22:00', '11:00'] }", true),
        ("{ days: [mon], between: ['22:00', '11:00'] }", false),
        ("{ not_between: ['09:00', '11:00'] }", false),
        ("{ between: [['01:00', '02:00'], ['09:59', '10:01']] }", true),
        ("{ between: ['00:00', '24:00'] }", true),
    ])
    func `of time looks at the bot's clock`(time: String, expected: Bool) throws {
        #expect(try holds("{ time: \(time) }") == expected)
    }

    @Test func `of time follows the zone through its changes`() throws {
        let evening = "{ time: { between: ['18:00', '18:01'] } }"
        #expect(try holds(evening, bot: "{ timezone: Asia/Shanghai }"))
        // 2026-03-29 01:00 UTC is when Berlin turns from 02:00 to 03:00.
        for (seconds, clock) in [(1_774_745_999, "01:59"), (1_774_746_000, "03:00")] {
            let condition = "{ time: { between: ['\(clock)', '03:01'], days: sun } }"
            #expect(
                try holds(condition, bot: "{ timezone: Europe/Berlin }") {
                    $0.now = Timestamp(seconds: Int64(seconds))
                })
        }
    }

    @Test(arguments: [
        ("{ sender: { friend: true } }", true), ("{ sender: { friend: no } }", false),
        ("{ sender: { tagged: [vip, customer] } }", true), ("{ sender: { tagged: vip } }", false),
        ("{ sender: { tagged: customer, not_tagged: new } }", false),
        ("{ sender: { in: [user:Ann] } }", true),
        ("{ sender: { not_in: user:u1 } }", false), ("{ chat: { tagged: customer } }", true),
        ("{ chat: { in: chat:u1 } }", true), ("{ chat: { in: chat:u2 } }", false),
        ("{ var: { n: 5 } }", true), ("{ var: { n: [4, '5.0'] } }", true), ("{ var: { s: 5 } }", false),
        ("{ var: { s: '05', flag: yes } }", true), ("{ var: { n: { at_least: 5, at_most: 5 } } }", true),
        ("{ var: { n: { at_least: 5.1 } } }", false), ("{ var: { s: { is_not: ['05', x] } } }", false),
        ("{ var: { s: { matches: '^0' } } }", true), ("{ chance: 100% }", true), ("{ chance: 0% }", false),
        ("{ any: [ { chance: 0% }, { var: { n: 5 } } ] }", true), ("{ any: [ { chance: 0% } ] }", false),
        ("{ all: [ { chance: 0% }, { var: { n: 5 } } ] }", false), ("{ not: [ { chance: 0% } ] }", true),
        ("{ not: { sender: { friend: true } } }", false), ("{ sender: { friend: true }, chance: 0% }", false),
        ("{ count: { of: messages, within: 1h, at_least: 2 } }", false),
        ("{ count: { of: r, within: 1h, at_most: 0 } }", true),
    ])
    func `of people, variables and chance`(condition: String, expected: Bool) throws {
        #expect(try holds(condition) { $0.state.tags["u1"] = ["customer", "new"] } == expected)
    }

    @Test(arguments: [
        ("1 + 2 * 3 == 7", true), ("(1 + 2) * 3 == 9", true), ("7 % 4 == 3", true), ("10 / 4 == 2.5", true),
        ("-vars.n + 5 == 0", true), ("'a' + 1 == 'a1'", true), ("not false and true or false", true),
        ("message.text == 'hi there'", true), ("'there' in message.text", true),
        ("'x' in sender.tags", false),
        ("vars.s == 5", true), ("vars.n > 4 and vars.n <= 5", true), ("'b' < 'a'", false),
        ("vars.flag", true),
        ("{{ not sender.friend }}", false),
        ("(message.text | upper) == 'HI THERE'", true), ("now >= message.time", true),
        ("0.1 + 0.2 == 0.3", true),
        ("vars.n - 1 == 4", true),
    ])
    func `is an expression`(expression: String, expected: Bool) throws {
        #expect(try holds("{ expr: \"\(expression)\" }") == expected)
    }

    @Test(arguments: [
        "1 / 0 > 1", "vars.n > sender.tags", "message.text + now == 1", "sender.remark - 1 > 2",
    ])
    func `that gives no answer lets nothing run, and says why`(expression: String) throws {
        let conversation = try Conversation(
            """
            version: 1
            vars: { n: 5 }
            rules:
              - { id: r, when: { message: {} }, if: { expr: "\(expression)" }, then: [ { reply: a } ] }
            """)
        let decision = conversation.decision(.text("hi"))
        #expect(decision.actions.isEmpty && decision.trace.last?.verdict == .error)
    }

    @Test func `of chance is the same for an event, and a share of all events`() throws {
        var conversation = try Conversation(
            rules: "  - { id: r, when: { message: {} }, if: { chance: 30% }, then: [ { reply: yes } ] }")
        var count = 0
        for number in 0..<2000 {
            conversation.event = EventID("event-\(number)")
            count += conversation.answers("hi").count
        }
        #expect((500...700).contains(count))
    }
}

@Suite struct `How often a rule runs` {
    private func times(
        _ terms: String, _ minutes: [Int], _ change: (inout Conversation, Int) -> Void = { _, _ in }
    )
        throws -> [Int]
    {
        var conversation = try Conversation(
            rules: """
                  - { id: r, when: { message: {} }, \(terms), then: [ { reply: yes } ] }
                  - { id: rest, when: { message: {} }, then: [ { reply: no } ] }
                """)
        let start = conversation.now
        return minutes.filter { minute in
            conversation.now = start + .seconds(60 * minute)
            conversation.event = EventID("e\(minute)-\(conversation.sender.id)")
            change(&conversation, minute)
            let answers = conversation.say("hi")
            #expect(answers == ["yes"] || answers == ["no"])
            return answers == ["yes"]
        }
    }

    @Test func `is held down by a cool-down`() throws {
        let minutes = [0, 3, 9, 10, 15, 20]
        #expect(try times("cooldown: 10m per chat", minutes) == [0, 10, 20])
        let twoPeople: (inout Conversation, Int) -> Void = { $0.sender.id = $1 % 2 == 0 ? "u1" : "u2" }
        #expect(try times("cooldown: 10m per sender", minutes, twoPeople) == [0, 3, 10, 15, 20])
        #expect(try times("cooldown: 10m per account", minutes, twoPeople) == [0, 10, 20])
    }

    @Test func `is limited within any such time`() throws {
        let minutes = [0, 10, 50, 59, 60, 61, 69, 70, 75, 110]
        #expect(try times("limit: 2 per hour per chat", minutes) == [0, 10, 61, 75])
        #expect(try times("limit: 2 per hour", minutes) == [0, 10, 61, 75])
        #expect(try times("limit: 3 per day per sender, cooldown: 5m per rule", minutes) == [0, 10, 50])
    }

    @Test func `ends with an event's age`() throws {
        let conversation = try Conversation(
            rules: """
                  - { id: r, when: { message: a }, then: [ { reply: yes } ] }
                  - { id: s, when: { message: b }, max_age: 1h, then: [ { reply: yes } ] }
                """)
        for (text, age, expected) in [("a", 600, 1), ("a", 601, 0), ("b", 3600, 1), ("b", 3601, 0)] {
            let event = Event(
                id: "e", chat: "u1", chatKind: .private, time: conversation.now + .seconds(-age),
                body: .message(Message(sender: "u1", content: .text(text))))
            let circumstances = Circumstances(account: "bot", now: conversation.now)
            let decision = try conversation.file.rules.decide(event, in: circumstances, conversation.state)
            #expect(decision.actions.count == expected)
            if expected == 0 { #expect(decision.trace.contains { $0.check == "max_age" }) }
        }
    }

    @Test func `is counted`() throws {
        var conversation = try Conversation(
            rules: """
                  - { id: third, when: { message: {} }, if: { count: { of: messages, within: 10m, at_least: 3 } }, then: [ { reply: third } ] }
                  - { id: once, when: { message: {} }, if: { count: { of: once, within: 1h, at_most: 0 } }, then: [ { reply: once } ] }
                """)
        #expect(conversation.say("a") == ["once"])
        #expect(conversation.say("b") == [])
        #expect(conversation.say("c") == ["third"])
    }

    @Test func `is in its order`() throws {
        let conversation = try Conversation(
            """
            version: 1
            defaults: { continue: true, cooldown: 1h per chat }
            rules:
              - { id: a, when: { message: {} }, then: [ { reply: a } ] }
              - { id: b, when: { message: {} }, order: 2, then: [ { reply: b } ] }
              - { id: c, when: { message: {} }, order: 1, cooldown: none, then: [ { reply: c } ] }
              - { id: d, when: { message: {} }, continue: false, order: 3, then: [ { reply: d } ] }
            """)
        #expect(conversation.answers("hi") == ["c", "b", "d"])
    }
}
