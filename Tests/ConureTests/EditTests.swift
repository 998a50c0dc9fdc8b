import Foundation
import Testing

@Suite(.serialized, .timeLimit(.minutes(5)))
struct `A rules file that somebody edits all the time` {
    private struct Report: Decodable {
        var rules: Int?
        var rules_problem: String?
    }

    private static let edits = 1000

    /// Two rules that both answer, of one version of the file, and some more so that the number tells which.
    private func rules(_ version: Int) -> String {
        let more = (0...version % 7).map {
            "  - { id: x\($0), when: { message: x\(version) }, then: [ { reply: x } ] }\n"
        }
        return """
            rules:
              - { id: a, when: { message: { from: anyone } }, continue: true, then: [ { reply: "{{ message.text }} a\(version)" } ] }
              - { id: b, when: { message: { from: anyone } }, continue: true, then: [ { reply: "{{ message.text }} b\(version)" } ] }

            """ + more.joined()
    }

    @Test func `answers every message once, by one version as a whole`() async throws {
        try await withFolder { folder in
            let site = try await Site(in: folder, people: ["ann"])
            try await site.run(rules: rules(0)) { _, _ in
                try await withPeople(["ann"], at: site) { people in
                    let person = try #require(people.first)
                    let sent = try await withThrowingTaskGroup { group in
                        group.addTask { try await edit(site) }
                        var number = 0
                        while !FileManager.default.fileExists(atPath: site.folder / "edited") {
                            number += 1
                            try await person.send("\(number)", to: site.bot)
                        }
                        try await group.waitForAll()
                        return number
                    }
                    try await person.send("end", to: site.bot)
                    let last = "end b\(Self.edits)"
                    let texts = try await person.texts(until: last)
                    #expect(texts.count == 2 * (sent + 1))
                    var versions: Set<Substring> = []
                    for (index, pair) in stride(from: 0, to: texts.count - 1, by: 2).map({
                        texts[$0...$0 + 1]
                    })
                    .enumerated() {
                        let words = pair.map { $0.split(separator: " ") }
                        let name = index < sent ? "\(index + 1)" : "end"
                        #expect(words.allSatisfy { $0.count == 2 && $0[0] == name }, "\(pair)")
                        let (a, b) = (words[0][1], words[1][1])
                        #expect(a.first == "a" && b.first == "b" && a.dropFirst() == b.dropFirst(), "\(pair)")
                        versions.insert(a.dropFirst())
                    }
                    // The messages went on while the file changed.
                    #expect(versions.count > 20)
                }
            }
        }
    }

    /// Edits the file, a mistake in every tenth version, and waits after each for the bot to have noticed.
    private func edit(_ site: Site) async throws {
        let pid = try #require(Endpoints(in: site.botData)?.pid)
        for version in 1...Self.edits {
            let isWrong = version % 10 == 0 && version != Self.edits
            try site.writeRules(rules: rules(version) + (isWrong ? "  - { id: oops\(version) }\n" : ""))
            kill(pid, SIGHUP)
            while true {
                let data = FileManager.default.contents(atPath: site.botData + "/endpoints.json") ?? Data()
                if let report = try? JSONDecoder().decode(Report.self, from: data) {
                    let isSeen = report.rules_problem != nil
                    if isWrong ? isSeen : !isSeen && report.rules == 3 + version % 7 { break }
                }
                try await Task.sleep(for: .milliseconds(2))
            }
        }
        try site.folder.write("", to: site.folder / "edited")
    }
}
