import BotKit
import Engine
import Testing

@Suite struct `A text with values` {
    private func rendered(_ template: String, bot: String = "{}", message: String = "hi") throws -> [String] {
        let yaml = template.replacing("'", with: "''")
        var conversation = try Conversation(
            """
            version: 1
            bot: \(bot)
            rules:
              - id: r
                when: { message: { matches: '^(?:n(?<number>-?[\\d.]+)|(?<word>.*))$' } }
                then: { reply: '\(yaml)' }
            """)
        conversation.sender.name = " Ann "
        return conversation.answers(message)
    }

    @Test(arguments: [
        ("{{ sender.id }} {{ chat.id }} {{ chat.kind }} {{ message.id }}", "u1 u1 private e1"),
        ("[{{sender.name}}|{{ sender.name | trim | upper }}]", "[ Ann |ANN]"),
        ("{{ sender.remark | default('none') }}, {{ sender.friend }}", "none, true"),
        ("{{ message.text }} {{ message.kind }}", "hi text"),
        ("{{ chat.name | trim }}", "Ann"),
        ("{{ \"{{\" }} }} { {", "{{ }} { {"),
        ("{{ match.word | upper }} {{ match.number | default(\"no\") }}", "HI no"),
        ("{{ 'abcdef' | truncate(4) }} {{ 'abcd' | truncate(4) }} {{ '你好吗' | truncate(2) }}", "abc… abcd 你…"),
        ("{{ 'a' | join(', ') }} {{ '<a & \"b\">' | escape }}", "a &lt;a &amp; &quot;b&quot;&gt;"),
        ("{{ 'a\\\\b\\n\"' | json }} {{ sender.friend | json }}", "\"a\\\\b\\n\\\"\" true"),
        ("{{ now | date(\"yyyy-MM-dd HH:mm\") }}", "2026-11-23 10:00"),
        ("{{ message.time | time('HH:mm:ss') }}", "10:00:00"),
        ("{{ today | date('EEEE') }} {{ now | date(\"d 'of' MMMM\") | upper }}", "Monday 23 OF NOVEMBER"),
        (
            "{{ '1234567.5' | number }} {{ '1234.567' | number(1) }} {{ '-3' | number(2) }}",
            "1,234,567.5 1,234.6 -3.00"
        ),
        ("line\n\nline", "line\nline"),
    ])
    func `is filled in`(template: String, expected: String) throws {
        #expect(try rendered(template) == [expected])
    }

    @Test(arguments: [
        ("{ timezone: Asia/Shanghai, language: zh }", "{{ now | date }}", "2026年11月23日"),
        ("{ timezone: Asia/Shanghai, language: zh }", "{{ now | time }}", "18:00"),
        ("{ timezone: America/New_York }", "{{ today | date('yyyy-MM-dd HH') }}", "2026-11-23 05"),
        ("{ language: de }", "{{ '1234.5' | number }}", "1.234,5"),
        ("{ language: de }", "{{ today }}", "23.11.2026"),
        ("{ language: en-GB }", "{{ now | date }}", "23 Nov 2026"),
    ])
    func `speaks the bot's language in its time zone`(bot: String, template: String, expected: String) throws
    {
        #expect(try rendered(template, bot: bot) == [expected])
    }

    @Test(arguments: [
        ("{{ match.word | number }}", "hi", "match.word is not a number: hi"),
        ("{{ match.number | upper }}", "hi", "match.number has no value"),
        ("{{ match.number | number }}", "n1.2.3", "match.number is not a number: 1.2.3"),
        ("{{ match.word }}", "  ", "the text came out empty"),
        (
            "{{ match.word }}!", String(repeating: "长", count: 4000),
            "the text is longer than 4,000 characters"
        ),
    ])
    func `that cannot be filled in is not sent, and leaves a line`(
        template: String, message: String, reason: String
    ) throws {
        let conversation = try Conversation(
            rules: """
                  - id: r
                    when: { message: { matches: '^(?:n(?<number>[\\d.]+)|(?<word>.*))$' } }
                    then: [{ reply: first }, { reply: '\(template)' }, { reply: last }]
                """)
        let decision = conversation.decision(.text(message))
        #expect(decision.actions == [.perform(.send(.text("first")), in: "u1", rule: "r")])
        #expect(decision.trace.last == TraceLine(rule: "r", check: "template", seen: reason, verdict: .error))
    }

    @Test func `of 4,000 characters is sent`() throws {
        let long = String(repeating: "长", count: 4000)
        #expect(try rendered("{{ match.word }}", message: long) == [long])
    }
}
