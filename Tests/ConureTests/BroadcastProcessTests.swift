import Foundation
import Testing

@Suite(.serialized, .timeLimit(.minutes(5)))
struct `Broadcasts of a real bot` {
    private static let names = (0..<10).map { "p\($0)" }
    private static let count = 6

    @Test func `reach everybody once though it is killed again and again`() async throws {
        try await withFolder { folder in
            let site = try await Site(in: folder, people: Self.names)
            let rules = """
                rules:
                  - { id: join, when: { message: join }, then: [ { tag: customer }, { reply: "welcome" } ] }
                  - id: news
                    when: { message: { matches: '^go (?<n>[0-9]+)$' } }
                    then:
                      - broadcast:
                          to: { tagged: customer }
                          text: "{{ match.n }} for {{ recipient.name }}"
                          once_per: "{{ match.n }}"
                          expires: 1h
                      - reply: "ok {{ match.n }}"
                """
            try await site.run(rules: rules) { _, bot in try await Self.broadcast(at: site, killing: bot) }
        }
    }

    private static func broadcast(at site: Site, killing bot: Restarting) async throws {
        let seed = UInt64.random(in: 0 ... .max)
        try await withPeople(names, at: site) { people in
            for person in people {
                try await person.send("join", to: site.bot)
                #expect(try await person.texts(until: "welcome") == ["welcome"])
            }
            let owner = try #require(people.first)
            let kills = try await bot.kill(atLeast: 8, seed: seed) {
                for number in 1...count { try await owner.send("go \(number)", to: site.bot) }
                try await withThrowingDiscardingTaskGroup { group in
                    for person in people {
                        group.addTask {
                            var expected = Set((1...count).map { "\($0) for \(person.name)" })
                            if person.name == owner.name {
                                expected.formUnion((1...count).map { "ok \($0)" })
                            }
                            let heard = try await person.texts(count: expected.count)
                            #expect(heard.count == expected.count && Set(heard) == expected, "seed \(seed)")
                        }
                    }
                }
            }
            print("killed \(kills) times")
            // Whatever came twice would be there before this answer.
            for person in people {
                try await person.send("join", to: site.bot)
                #expect(try await person.texts(until: "welcome") == ["welcome"])
            }
        }
    }
}
