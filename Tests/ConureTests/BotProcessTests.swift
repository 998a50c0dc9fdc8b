import Foundation
import Testing

/// The bot of our page about the workers' protocol.
private let countBot = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("docs/examples/count.py").path

private let countRules = """
    bots:
      Count: { path: "\(countBot)" }
    rules:
      - id: count
        when: { message: { matches: '^count (?<text>.+)$' } }
        then:
          - call: Count.words
            with: { text: "{{ match.text }}" }
            save_as: n
            on_error: [ { reply: "failed: {{ error.reason }}" }, { stop: failed } ]
          - reply: "{{ match.text }}: {{ n.words }} words, {{ n.total }} so far"
    """

/// A line of `bot list --json`.
private struct BotLine: Decodable {
    var name: String
    var state: String
    var pids: [Int32]
    var handlers: [String]
    var invocations: Int
    var deaths: Int
}

@Suite(.serialized, .timeLimit(.minutes(5)))
struct `A bot in another language` {
    private static let names = ["ann", "ben", "cat"]
    private static let count = 30

    /// What it counts is the sum of all that took effect: a thing done twice would show, and so would a thing lost.
    @Test func `counts everything once though it and the program are killed again and again`() async throws {
        try await withFolder { folder in
            let site = try await Site(in: folder, people: Self.names)
            try await site.run(rules: countRules) { _, bot in
                let seed = UInt64.random(in: 0 ... .max)
                try await withPeople(Self.names, at: site) { people in
                    let kills = try await bot.kill(atLeast: 10, seed: seed) {
                        try await withThrowingDiscardingTaskGroup { group in
                            for person in people {
                                group.addTask {
                                    for number in 1...Self.count {
                                        try await person.send("count word \(number)", to: site.bot)
                                        Self.killWorkers(of: site)
                                        let answer = "word \(number): 2 words, \(2 * number) so far"
                                        #expect(
                                            try await person.texts(until: answer) == [answer], "seed \(seed)")
                                    }
                                }
                            }
                        }
                    }
                    print("killed \(kills) times")
                }
            }
        }
    }

    /// Kills some of the processes that the bot has now.
    private static func killWorkers(of site: Site) {
        guard Int.random(in: 0..<3) == 0,
            let data = FileManager.default.contents(atPath: site.botData + "/bots/status.json"),
            let bots = try? JSONDecoder().decode([BotLine].self, from: data)
        else { return }
        for pid in bots.flatMap(\.pids) where (try? commandLine(of: pid))?.contains("count.py") == true {
            kill(pid, SIGKILL)
        }
    }

    /// Another process may have its number by now.
    private static func commandLine(of pid: Int32) throws -> String {
        try String(contentsOfFile: "/proc/\(pid)/cmdline", encoding: .utf8)
    }

    @Test func `is shown, restarted and heard`() async throws {
        try await withFolder { folder in
            try folder.write("version: 1\n" + countRules, to: folder / "rules.yaml")
            try await withConure(["up", "--long-link-port", "0", "--short-link-port", "0"], in: folder) {
                up in
                try await up.ready(in: folder / ".conure")
                let said = try await folder.conure("chat", "--wait", "2", input: "count a b c\n")
                #expect(said.lines.last == "bot: a b c: 3 words, 3 so far")
                func line() async throws -> BotLine? {
                    try await folder.conure("bot", "list", "--json").decoded(as: BotLine.self).first
                }
                while try await line()?.pids.isEmpty != false {}
                let first = try #require(try await line())
                #expect(
                    first.name == "Count" && first.handlers == ["Count.words"] && first.state == "running")
                #expect(first.invocations == 1 && first.deaths == 0)
                #expect(try await folder.conure("bot", "restart", "Count").code == 0)
                while try await line()?.pids == first.pids {}
                #expect(try await folder.conure("bot", "restart", "Nobody").code == 1)
                #expect(try await folder.conure("bot", "logs", "Count").code == 0)
                #expect(try await folder.conure("bot", "logs", "Nobody").code == 1)
                #expect(try await folder.conure("bot", "quarantine").lines == ["no event is in quarantine"])
                #expect(try await folder.conure("status").output.contains("bot Count: running"))
            }
            #expect(try await folder.conure("bot", "list").code == 1)
        }
    }

    @Test func `that is built anew is noticed, and what its rules could not call is not taken`() async throws
    {
        try await withFolder { folder in
            let bot = try String(contentsOfFile: countBot, encoding: .utf8)
            /// Puts another version in the bot's place, at once and as a whole.
            func build(_ text: String) throws {
                try folder.write(text, to: folder / "new.py")
                chmod(folder / "new.py", 0o755)
                rename(folder / "new.py", folder / "count.py")
            }
            func answer() async throws -> String? {
                try await folder.conure("chat", "--wait", "1", input: "count a\n").lines.last
            }
            try build(bot)
            try folder.write(
                "version: 1\n" + countRules.replacing(countBot, with: "count.py"), to: folder / "rules.yaml")
            try await withConure(["up", "--long-link-port", "0", "--short-link-port", "0"], in: folder) {
                up in
                try await up.ready(in: folder / ".conure")
                #expect(try await answer() == "bot: a: 1 words, 1 so far")
                try build(bot.replacing("Count.words", with: "Count.letters"))
                while !up.errors.contains("no bot has a handler 'Count.words'") {
                    try await Task.sleep(for: .milliseconds(20))
                }
                #expect(try await answer() == "bot: a: 1 words, 2 so far")
                try build(bot.replacing("\"words\": words", with: "\"words\": 100"))
                while try await answer()?.hasPrefix("bot: a: 100 words") != true {}
            }
        }
    }

    @Test func `is compared with the rules that call it`() async throws {
        try await withFolder { folder in
            let rules = """
                version: 1
                bots:
                  Count: { path: "\(countBot)" }
                  Gone: { path: /nowhere/gone }
                rules:
                  - id: a
                    when: { message: x }
                    then:
                      - call: Count.words
                        with: { txt: "x" }
                      - call: Count.letters
                      - call: Nobody.home
                      - reply: texts.none
                """
            try folder.write(rules, to: folder / "rules.yaml")
            let check = try await folder.conure("check")
            #expect(check.code == 1)
            #expect(
                check.lines.filter { $0.hasPrefix("rules.yaml:") } == [
                    "rules.yaml:4:3: error: the bot 'Gone' cannot be used: there is no executable /nowhere/gone",
                    "rules.yaml:9:15: error: Count.words needs 'text' under 'with'",
                    "rules.yaml:10:17: error: Count.words takes no 'txt', did you mean text?",
                    "rules.yaml:11:15: error: no bot has a handler 'Count.letters'",
                    "rules.yaml:12:15: error: there is no bot 'Nobody': 'bots' names none, and none of that name comes with Conure",
                    "rules.yaml:13:16: error: texts.none is not defined",
                ])
        }
    }
}

@Suite(.serialized, .timeLimit(.minutes(5)))
struct `A handler that dies` {
    @Test func `puts its event into quarantine with what it died of, and all else goes on`() async throws {
        try await withFolder { folder in
            try folder.write(
                """
                #!/usr/bin/python3
                import json, os, struct, sys
                def say(report):
                    body = json.dumps(report).encode()
                    os.write(1, struct.pack(">I", len(body)) + body)
                say({"type": "hello", "protocol": 1, "handlers": [{"name": "Mine.field", "arguments": [{"name": "what", "type": "text", "required": True}]}]})
                while head := os.read(0, 4):
                    order = json.loads(os.read(0, struct.unpack(">I", head)[0]))
                    if order["type"] == "drain": sys.exit(0)
                    print("it was the", order["arguments"]["what"], file=sys.stderr, flush=True)
                    if order["arguments"]["what"] == "mine": os.abort()
                    say({"type": "outcome", "id": order["id"], "value": "ok"})
                """, to: folder / "mine.py")
            chmod(folder / "mine.py", 0o755)
            try folder.write(
                """
                version: 1
                bots: { Mine: { path: mine.py } }
                rules:
                  - id: r
                    when: { message: { matches: '^the (?<what>.+)$' } }
                    then:
                      - call: Mine.field
                        with: { what: "{{ match.what }}" }
                        save_as: x
                        on_error: [ { reply: "caught: {{ error.reason }}" }, { stop: it } ]
                      - reply: "{{ x }}"
                """, to: folder / "rules.yaml")
            try await withConure(["up", "--long-link-port", "0", "--short-link-port", "0"], in: folder) {
                up in
                try await up.ready(in: folder / ".conure")
                let said = try await folder.conure("chat", "--wait", "6", input: "the mine\nthe grass\n")
                #expect(
                    said.lines.suffix(3) == [
                        "bot: caught: the handler died 3 times: it was ended by signal 6 (abort); the last that it said:",
                        "it was the mine", "bot: ok",
                    ])
                let quarantine = try await folder.conure("bot", "quarantine").output
                #expect(quarantine.contains("Mine.field, rule r") && quarantine.contains("it was the mine"))
                #expect(try await folder.conure("bot", "logs", "Mine").output.contains("it was the grass"))
            }
        }
    }
}
