import Foundation
import Testing

@Suite(.serialized, .timeLimit(.minutes(5)))
struct `A schedule of a bot` {
    private struct TimeLine: Decodable {
        var rule: String
        var account: String
        var due: String
        var clock: String
        var timezone: String
        var missed: Bool
    }

    private static let clock = "yyyy-MM-dd'T'HH:mm:ss"

    /// The seconds that were announced, in the order in which they left.
    private func announced(at site: Site) async throws -> [Int] {
        let lines = try await site.folder.conure(
            "outbox", "list", "--json", "--limit", "10000", "--data", site.botData
        ).decoded(as: OutboxLine.self)
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = .gmt
        formatter.dateFormat = Self.clock
        return lines.reversed().filter { $0.text.hasPrefix("tick ") }.compactMap { line in
            formatter.date(from: String(line.text.dropFirst(5))).map { Int($0.timeIntervalSince1970) }
        }
    }

    @Test func `comes every second once, though the bot is killed again and again`() async throws {
        try await withFolder { folder in
            let site = try await Site(in: folder, people: ["ann"])
            try await site.run { _, bot in
                await bot.destroy()
                let rules = try String(contentsOfFile: site.rules, encoding: .utf8)
                try folder.write(
                    rules + """

                          - id: tick
                            when: { schedule: { every: 1s, missed: run_all } }
                            then: { send: { to: "user:ann", text: "tick {{ schedule.time | date(\\"\(Self.clock)\\") }}" } }
                        """, to: site.rules)
                try await bot.restart()
                let given = ProcessInfo.processInfo.environment["CONURE_TEST_SEED"].flatMap(UInt64.init)
                let seed = given ?? .random(in: 0 ... .max)
                print("to repeat the moments of the kills, set CONURE_TEST_SEED=\(seed)")
                let kills = try await bot.kill(atLeast: 20, seed: seed) {}
                #expect(kills >= 20)
                // The process runs now; two more seconds come without a kill.
                let seen = try await announced(at: site).last ?? 0
                while try await announced(at: site).last ?? 0 < max(seen, 1) + 2 {
                    try await Task.sleep(for: .milliseconds(100))
                }
                let ticks = try await announced(at: site)
                #expect(ticks.count > 5)
                #expect(ticks == Array((ticks.first ?? 0)...(ticks.last ?? 0)))
            }
        }
    }

    @Test func `is listed, whether or not the bot runs`() async throws {
        try await withFolder { folder in
            try folder.write(
                """
                version: 1
                bot: { timezone: Asia/Shanghai }
                rules:
                  - { id: news, when: { schedule: { on: 2099-01-02T10:00 } }, then: { log: x } }
                  - { id: tea, when: { schedule: { on: 2099-01-01T16:00, timezone: Europe/Berlin } }, then: { log: x } }
                """, to: folder / "rules.yaml")
            let text = """
                2099-01-01 16:00 Europe/Berlin: tea
                2099-01-02 10:00 Asia/Shanghai: news
                """
            #expect(try await folder.conure("schedule").lines.joined(separator: "\n") == text)
            try await withConure(["up", "--long-link-port", "0", "--short-link-port", "0"], in: folder) {
                up in
                try await up.ready(in: folder / ".conure")
                #expect(try await folder.conure("schedule", "list").lines.joined(separator: "\n") == text)
                let lines = try await folder.conure("schedule", "--json").decoded(as: TimeLine.self)
                #expect(lines.map(\.rule) == ["tea", "news"] && lines.map(\.account) == ["bot", "bot"])
                #expect(lines.first?.due == "2099-01-01T15:00:00Z" && lines.first?.missed == false)
            }
        }
    }
}
