import BotKit
import Engine
import Testing

@Suite struct `A rule that never runs` {
    private func warnings(_ rules: String) throws -> [String] {
        let text = "version: 1\nrules:\n" + rules
        return try RulesFile.parse(Array(text.utf8), secrets: NoSecrets()).warnings.map(\.headline)
    }

    @Test(arguments: [
        ("{ message: {} }", "{ message: hi }"), ("{ message: hi }", "{ message: HI }"),
        ("{ message: { contains: pri } }", "{ message: { in: group, says: price } }"),
        ("[ { message: x }, { message: { contains: [a, b] } } ]", "{ message: { starts_with: [ab, cb] } }"),
        ("{ friend_request: }", "{ friend_request: { says_any: x } }"),
        ("{ friend_added: }", "{ friend_added: }"),
        ("{ bot: { event: [started, stopping] } }", "{ bot: { event: started } }"),
        ("{ event: e }", "{ event: { name: e, data: { a: 1 } } }"),
    ])
    func `is named, with the one that is in its way`(wide: String, narrow: String) throws {
        let found = try warnings(
            "  - { id: a, when: \(wide), then: { log: x } }\n  - { id: b, when: \(narrow), then: { log: x } }"
        )
        #expect(
            found == [
                "rules.yaml:4:5: warning: this rule never runs: 'a' in line 3 answers all that would start it"
            ])
    }

    @Test(arguments: [
        "when: { message: { in: group } }", "when: { message: {} }, continue: true",
        "when: { message: {} }, cooldown: 1m per chat",
        "when: { message: {} }, if: { chance: 50% }", "when: { message: { contains: [price, cost] } }",
        "when: { message: { not_contains: x } }", "when: { message: { matches: '.*' } }",
        "when: { message: { kind: image } }",
        "when: { message: { contains: pri, whole_words: true } }", "when: { message: {} }, limit: 3 per hour",
    ])
    func `is not suspected where it may run`(wide: String) throws {
        #expect(
            try warnings(
                "  - { id: a, \(wide), then: { log: x } }\n  - { id: b, when: { message: [prices, hello] }, then: { log: x } }"
            ) == [])
    }
}

@Suite struct `A broadcast that may go on for ever` {
    @Test func `is named, unless it or its rule says when it expires`() throws {
        func warnings(_ rule: String, _ step: String) throws -> [String] {
            let text = """
                version: 1
                rules:
                  - { id: a, \(rule) when: { message: x }, then: [ { broadcast: { to: { friends: true }, text: x\(step) } } ] }
                """
            return try RulesFile.parse(Array(text.utf8), secrets: NoSecrets()).warnings.map(\.headline)
        }
        #expect(
            try warnings("", "") == [
                "rules.yaml:3:58: warning: without 'expires' this goes on until everybody has it, however long that takes"
            ])
        #expect(try warnings("expires: 2h,", "") == [])
        #expect(try warnings("", ", expires: 2h") == [])
    }
}

@Suite struct `Rules that can answer each other` {
    private func warnings(_ rules: String, accounts: String = "") throws -> [String] {
        let text = "version: 1\n\(accounts)rules:\n" + rules
        return try RulesFile.parse(Array(text.utf8), secrets: FixedSecrets()).warnings.map(\.headline)
    }

    @Test func `are named, with the events by which they do`() throws {
        let found = try warnings(
            """
              - { id: a, when: { event: x }, then: { emit: y } }
              - { id: b, when: { event: y }, then: [ { log: z }, { emit: { name: x } } ] }
              - { id: c, when: { event: z }, then: { emit: y } }
              - { id: d, when: { event: d }, then: { emit: d } }
            """)
        #expect(
            found == [
                "rules.yaml:3:5: warning: these rules can answer each other: 'a' starts 'b' by the event 'y', "
                    + "'b' starts 'a' by the event 'x'",
                "rules.yaml:6:5: warning: this rule can answer itself: 'd' starts 'd' by the event 'd'",
            ])
    }

    @Test func `by what they say are named only where the bot has accounts that can hear each other`() throws
    {
        let rules = """
              - { id: a, when: { message: { contains: ping } }, then: { reply: "pong!" } }
              - { id: b, when: { message: { contains: pong } }, then: { reply: "ping!" } }
            """
        #expect(try warnings(rules).isEmpty)
        let two = "accounts: [ { id: one, user: a }, { id: two, user: b } ]\n"
        #expect(
            try warnings(rules, accounts: two) == [
                "rules.yaml:4:5: warning: these rules can answer each other: 'a' starts 'b' by 'pong!', "
                    + "'b' starts 'a' by 'ping!'"
            ])
    }
}
