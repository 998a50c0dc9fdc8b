import Foundation
import Testing

@Suite(.serialized, .timeLimit(.minutes(5)))
struct `Why a message is answered` {
    private struct Explained: Decodable {
        struct Rule: Decodable {
            var id: String
            var verdict: String
            var check: String
            var seen: String
            var line: Int
        }
        struct Action: Decodable {
            var kind: String
            var text: String
        }
        var rules: [Rule]
        var actions: [Action]
    }

    private struct Traced: Decodable {
        struct Check: Decodable {
            var rule: String
            var check: String
            var verdict: String
            var line: Int?
        }
        struct Sent: Decodable {
            var text: String
            var state: String
        }
        var number: Int
        var text: String
        var checks: [Check]
        var outbox: [Sent]
    }

    private let rules = """
        version: 1
        rules:
          - { id: bye, when: { message: bye }, then: [ { reply: "see you" } ] }
          - id: hi
            when: { message: { contains: hi } }
            cooldown: 1h per chat
            then: [ { reply: "hello {{ sender.name }}" } ]
        tests:
          - { given: { message: hi }, expect: { replies: hello Tester } }
        """

    @Test func `is explained before and shown after`() async throws {
        try await withFolder { folder in
            try folder.write(rules, to: folder / "rules.yaml")
            #expect(
                try await folder.conure("check").output
                    == "rules.yaml: 2 rules, 1 test passed, nothing wrong\n")
            let first = try await folder.conure("explain", "--text", "hi there", "--json")
                .decoded(as: Explained.self)
            #expect(first.first?.rules.map(\.verdict) == ["no", "runs"])
            #expect(first.first?.actions.map(\.text) == ["hello a friend"])

            try await withConure(["up", "--long-link-port", "0", "--short-link-port", "0"], in: folder) {
                up in
                try await up.ready(in: folder / ".conure")
                let chat = try await folder.conure("chat", "--wait", "3", input: "hi\n")
                #expect(chat.lines.last == "bot: hello Me")
                let again = try await folder.conure("explain", "--text", "hi", "--from", "Me", "--json")
                    .decoded(as: Explained.self)
                let line = try #require(again.first?.rules.last)
                #expect(line.verdict == "no" && line.check == "cooldown" && line.line == 4)
                #expect(again.first?.actions.isEmpty == true)
                // The first event is the bot's own start, the next its login.
                var shown: Traced?
                for number in 1...6 where shown?.text != "hi" {
                    shown = try await folder.conure("trace", "\(number)", "--json").decoded(as: Traced.self)
                        .first
                }
                let traced = try #require(shown)
                #expect(traced.text == "hi" && traced.outbox.map(\.text) == ["hello Me"])
                #expect(
                    traced.checks.map(\.check) == ["contains", "then"]
                        && traced.checks.allSatisfy { $0.line == 4 })
                let text = try await folder.conure("trace", "\(traced.number)").output
                #expect(text.contains("hi: contains yes: hi") && text.contains("by hi: sent"))
                #expect(try await folder.conure("trace", "nothing").code == 1)
            }
        }
    }

    @Test func `is warned of by a check that can be strict`() async throws {
        try await withFolder { folder in
            try folder.write(
                """
                version: 1
                rules:
                  - { id: all, when: { message: {} }, then: [ { reply: x } ] }
                  - { id: none, when: { message: hi }, then: [ { reply: x } ] }
                """, to: folder / "rules.yaml")
            let lax = try await folder.conure("check")
            #expect(lax.code == 0 && lax.lines.first?.hasPrefix("rules.yaml:4:5: warning: ") == true)
            #expect(lax.lines.last == "rules.yaml: 2 rules, 1 warning")
            let strict = try await folder.conure("check", "--strict", "--format", "github")
            #expect(strict.code == 1 && strict.lines.count == 1)
            #expect(
                strict.output.hasPrefix("::warning file=rules.yaml,line=4,col=5::this rule never runs: 'all'")
            )
        }
    }
}
