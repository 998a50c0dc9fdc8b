import BotKit
import Foundation
import Testing

@Suite(.serialized, .timeLimit(.minutes(5)))
struct `Two processes` {
    private static let names = ["ann", "ben", "cho"]
    private static let messages = 100

    @Test func `let a person talk to a bot`() async throws {
        try await withFolder { folder in
            let site = try await Site(in: folder, people: ["ann"])
            try await site.run { _, _ in
                try await withPeople(["ann"], at: site) { people in
                    for person in people {
                        try await person.send("hello", to: site.bot)
                        #expect(try await person.texts(until: "re: hello") == ["re: hello"])
                    }
                }
            }
        }
    }

    @Test func `answer every message once and in order though the bot is killed again and again`()
        async throws
    {
        try await withFolder { folder in
            let site = try await Site(in: folder, people: Self.names)
            try await site.run { _, bot in try await Self.talk(at: site, killing: bot) }
        }
    }

    @Test func `answer every message once and in order though the server is killed again and again`()
        async throws
    {
        try await withFolder { folder in
            let site = try await Site(in: folder, people: Self.names)
            try await site.run { server, _ in try await Self.talk(at: site, killing: server) }
        }
    }

    /// Everybody says their numbers while a process is killed; in the end each has been answered once, in order.
    private static func talk(at site: Site, killing process: Restarting) async throws {
        let given = ProcessInfo.processInfo.environment["CONURE_TEST_SEED"].flatMap(UInt64.init)
        let seed = given ?? .random(in: 0 ... .max)
        print("to repeat the moments of the kills, set CONURE_TEST_SEED=\(seed)")
        try await withPeople(names, at: site) { people in
            let kills = try await process.kill(atLeast: 20, seed: seed) {
                try await withThrowingDiscardingTaskGroup { group in
                    for (index, person) in people.enumerated() {
                        group.addTask { try await count(person, at: site, seed: seed &+ UInt64(index) + 1) }
                    }
                }
            }
            print("killed \(kills) times")
            #expect(kills >= 20)
            for person in people {
                // Answers keep their order, so nothing comes after the answer to this.
                try await person.send("end", to: site.bot)
                let expected = (1...messages).map { "re: \(person.name) \($0)" } + ["re: end"]
                let texts = try await person.texts(until: "re: end")
                #expect(texts == expected, "seed \(seed), \(texts.difference(from: expected))")
            }
        }
        let outbox = try await site.folder.conure(
            "outbox", "list", "--json", "--limit", "1000", "--data", site.botData)
        let rows = try outbox.decoded(as: OutboxLine.self)
        #expect(rows.count == names.count * (messages + 1), "seed \(seed)")
        #expect(rows.allSatisfy { $0.state == "sent" }, "seed \(seed)")
    }

    private static func count(_ person: Person, at site: Site, seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        for number in 1...messages {
            try await Task.sleep(for: .milliseconds(.random(in: 0...140, using: &generator)))
            try await person.send("\(person.name) \(number)", to: site.bot)
        }
    }
}
