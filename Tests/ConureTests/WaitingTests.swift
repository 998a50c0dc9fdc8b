import Foundation
import Testing

@Suite(.serialized, .timeLimit(.minutes(5)))
struct `Rules that wait, in a real process` {
    private static let names = ["ann", "ben"]
    private static let visits = 12

    private func rules(_ desk: Desk) -> String {
        """
        webhooks:
          desk: { url: "http://127.0.0.1:\(desk.port)/in", allow_private: true, retries: 100, timeout: 2s }
        rules:
          - id: visit
            when: { message: { matches: '^visit (?<n>[0-9]+)$' } }
            then:
              - ask: { text: "visit {{ match.n }}: how many?", expect: number, between: [1, 9], save_as: people }
              - wait: 0.1s to 0.4s
              - http: { to: desk, json: { visit: "{{ match.n }}", who: "{{ sender.name }}", people: "{{ people }}" } }
                save_as: desk
              - reply: "{{ desk.who }} {{ desk.visit }} {{ desk.people }}"
        """
    }

    @Test func `go on after any number of kills, ask once, and call once`() async throws {
        try await withFolder { folder in
            let site = try await Site(in: folder, people: Self.names)
            let desk = try Desk(in: folder)
            do {
                try await site.run(rules: rules(desk)) { _, bot in try await Self.visit(site, killing: bot) }
                let calls = try desk.calls
                #expect(Set(calls.map(\.key)).count == Self.names.count * Self.visits)
                #expect(Set(calls).count == Self.names.count * Self.visits, "the same key says the same")
            } catch {
                await desk.destroy()
                throw error
            }
            await desk.destroy()
        }
    }

    private static func visit(_ site: Site, killing bot: Restarting) async throws {
        let seed = UInt64.random(in: 0 ... .max)
        try await withPeople(names, at: site) { people in
            let kills = try await bot.kill(atLeast: 12, seed: seed) {
                try await withThrowingDiscardingTaskGroup { group in
                    for person in people {
                        group.addTask {
                            for number in 1...visits {
                                try await person.send("visit \(number)", to: site.bot)
                                let question = "visit \(number): how many?"
                                #expect(try await person.texts(until: question) == [question])
                                try await person.send("\(number % 9 + 1) people", to: site.bot)
                                let answer = "\(person.name) \(number) \(number % 9 + 1)"
                                #expect(try await person.texts(until: answer) == [answer], "seed \(seed)")
                            }
                        }
                    }
                }
            }
            print("killed \(kills) times")
        }
        let waiting = try await site.folder.conure("waiting", "--json", "--data", site.botData)
        #expect(waiting.lines == [])
    }

    @Test func `say what waits, and end it when told`() async throws {
        struct Line: Decodable {
            var id: String
            var rule: String
            var waits_for: String
        }
        try await withFolder { folder in
            try folder.write(
                """
                version: 1
                rules: [ { id: q, when: { message: hi }, then: [ { ask: { text: "Well?", save_as: x } }, { reply: "{{ x }}" } ] }, { id: e, when: { message: {} }, then: [ { reply: "else" } ] } ]
                """, to: folder / "rules.yaml")
            try await withConure(["up", "--long-link-port", "0", "--short-link-port", "0"], in: folder) {
                up in
                try await up.ready(in: folder / ".conure")
                #expect(
                    try await folder.conure("chat", "--wait", "1", input: "hi\n").lines.last == "bot: Well?")
                let lines = try await folder.conure("waiting", "--json").decoded(as: Line.self)
                let line = try #require(lines.first)
                #expect(lines.count == 1 && line.rule == "q" && line.waits_for == "answer")
                #expect(
                    try await folder.conure("waiting").output.contains("q in Me waits for its answer until"))
                #expect(try await folder.conure("waiting", "cancel", line.id).code == 0)
                while try await folder.conure("waiting").lines != ["nothing waits"] {}
                #expect(
                    try await folder.conure("chat", "--wait", "1", input: "yes\n").lines.last == "bot: else")
                #expect(try await folder.conure("waiting", "cancel", line.id).code == 1)
            }
        }
    }
}

@Suite(.serialized, .timeLimit(.minutes(5)))
struct `Webhooks of a running bot` {
    private struct EndpointsFile: Decodable { var webhooks: String? }

    /// The status that a call gets.
    private func call(_ folder: TestFolder, key: String, secret: String = "hush", _ body: String) async throws
        -> String
    {
        var address: String?
        while address == nil {
            let data = FileManager.default.contents(atPath: folder / ".conure/endpoints.json") ?? Data()
            address = try? JSONDecoder().decode(EndpointsFile.self, from: data).webhooks
            if address == nil { try await Task.sleep(for: .milliseconds(50)) }
        }
        let curl = try ConureProcess(
            [
                "-s", "-o", "/dev/null", "-w", "%{http_code}", "-H", "Authorization: Bearer \(secret)", "-H",
                "Idempotency-Key: \(key)", "--data", body, (address ?? "") + "/ci",
            ], in: folder, tool: "/usr/bin/curl")
        return try await curl.ending().output
    }

    @Test func `start rules once, are open only while a rule can be called, and outlive a kill`() async throws
    {
        let none = "version: 1\nrules: [ { id: a, when: { message: hi }, then: [ { reply: ho } ] } ]"
        let some = """
            version: 1
            rules:
              - id: ci
                when: { webhook: { path: /ci, secret: secrets.ci, json: { status: [success, failure] } } }
                then: [ { send: { to: "user:me", text: "build {{ webhook.json.id }}: {{ webhook.json.status }}" } } ]
            """
        let up = ["up", "--long-link-port", "0", "--short-link-port", "0", "--webhook-port", "0"]
        try await withFolder { folder in
            let start = {
                try await ConureProcess.ready(
                    up, in: folder, data: folder / ".conure", environment: ["CONURE_SECRET_CI": "hush"])
            }
            try folder.write(none, to: folder / "rules.yaml")
            let first = try await start()
            #expect(!first.errors.contains("webhooks at"))
            try folder.write(some, to: folder / "rules.yaml")
            for status in ["success", "pending", "failure"] {
                #expect(
                    try await call(folder, key: status, #"{"id": 7, "status": "\#(status)"}"#) == "202")
            }
            #expect(try await call(folder, key: "x", secret: "guess", "{}") == "401")
            await first.destroy()
            let second = try await start()
            // Whoever had no answer calls again, and it is the same call.
            #expect(try await call(folder, key: "success", #"{"id": 7, "status": "success"}"#) == "202")
            #expect(try await call(folder, key: "last", #"{"id": 8, "status": "success"}"#) == "202")
            let chat = try await folder.conure("chat", "--wait", "2")
            #expect(
                chat.lines.filter { $0.hasPrefix("bot:") } == [
                    "bot: build 7: success", "bot: build 7: failure", "bot: build 8: success",
                ])
            await second.destroy()
        }
    }

    @Test func `are checked with the rest of the file`() async throws {
        try await withFolder { folder in
            try folder.write(
                """
                version: 1
                webhooks:
                  a: { url: "ftp://x" }
                  b: { url: "https://user:password@example.com" }
                  c: { url: "https://example.com", headers: { Host: x } }
                rules:
                  - { id: a, when: { webhook: { path: ci, open: true } }, then: [ { log: x } ] }
                  - { id: b, when: { webhook: { path: /ci, open: true } }, then: [ { log: x } ] }
                  - { id: c, when: { webhook: { path: /ci, open: true, reply: 200 } }, then: [ { log: x } ] }
                """, to: folder / "rules.yaml")
            let check = try await folder.conure("check")
            #expect(check.code == 1)
            let places = check.lines.filter { $0.hasPrefix("rules.yaml") }.map { $0.prefix(16) }
            #expect(
                places == [
                    "rules.yaml:3:13:", "rules.yaml:4:13:", "rules.yaml:5:47:", "rules.yaml:7:39:",
                    "rules.yaml:9:39:",
                ], "\(check.output)")
        }
    }
}
