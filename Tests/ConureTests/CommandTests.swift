import Foundation
import Testing

@Suite(.timeLimit(.minutes(5)))
struct `Commands` {
    private static let badRules = """
        version: 1
        words: { price: [price] }
        rules:
          - id: price
            when: { message: { contains: words.prise } }
            then: { reply: "It is cheap." }
        """

    private struct FindingLine: Decodable, Hashable {
        var file: String
        var line: Int
        var column: Int
        var severity: String
        var message: String
        var suggestion: String?
    }

    @Test func `check says nothing is wrong`() async throws {
        try await withFolder { folder in
            try folder.write(echoRules, to: folder / "rules.yaml")
            let text = try await folder.conure("check")
            #expect(text.code == 0 && text.errors.isEmpty)
            #expect(text.lines == ["rules.yaml: 1 rule, nothing wrong"])
            let json = try await folder.conure("check", "rules.yaml", "--json")
            #expect(json.code == 0 && json.output.isEmpty && json.errors.isEmpty)
        }
    }

    @Test func `check shows what is wrong, and where`() async throws {
        try await withFolder { folder in
            try folder.write(Self.badRules, to: folder / "bad.yaml")
            let text = try await folder.conure("check", "bad.yaml")
            #expect(text.code == 1)
            #expect(
                text.lines == [
                    "bad.yaml:5:34: error: words.prise is not defined, did you mean words.price?",
                    "    when: { message: { contains: words.prise } }",
                    "                                 ^",
                ])
            let json = try await folder.conure("check", "--rules", "bad.yaml", "--json")
            #expect(json.code == 1)
            #expect(
                try json.decoded(as: FindingLine.self) == [
                    FindingLine(
                        file: "bad.yaml", line: 5, column: 34, severity: "error",
                        message: "words.prise is not defined", suggestion: "words.price")
                ])
        }
    }

    @Test func `check and up say in a line that a file is not there`() async throws {
        try await withFolder { folder in
            let check = try await folder.conure("check", "missing.yaml")
            #expect(check.code == 1)
            #expect(
                check.lines == ["missing.yaml: error: the file cannot be read: No such file or directory"])
            let up = try await folder.conure("up", "--rules", "missing.yaml")
            #expect(up.code == 1 && up.output.isEmpty && up.errors == check.output)
        }
    }

    @Test func `up refuses rules with a mistake before it does anything`() async throws {
        try await withFolder { folder in
            try folder.write(Self.badRules, to: folder / "rules.yaml")
            let up = try await folder.conure("up")
            #expect(up.code == 1 && up.output.isEmpty)
            #expect(up.errors.hasPrefix("rules.yaml:5:34: error: words.prise is not defined"))
            #expect(!FileManager.default.fileExists(atPath: folder / ".conure"))
        }
    }

    @Test func `user adds, lists and removes people`() async throws {
        try await withFolder { folder in
            try folder.write("secret\n", to: folder / "password")
            let bot = try await folder.conure("user", "add", "bot", "--password-file", "password", "--json")
            let added = try #require(try bot.decoded(as: PersonLine.self).first)
            #expect(added.name == "bot" && added.friends.isEmpty && !added.wxid.isEmpty)
            #expect(!FileManager.default.fileExists(atPath: folder / ".conure/passwords/bot"))

            try await folder.conure("user", "add", "ann", "--nick", "Ann", "--friend", "bot")
            #expect(FileManager.default.fileExists(atPath: folder / ".conure/passwords/ann"))
            let list = try await folder.conure("user", "list", "--json").decoded(as: PersonLine.self)
            #expect(Set(list.map(\.name)) == ["ann", "bot"])
            #expect(list.first { $0.name == "bot" }?.friends == ["ann"])

            let taken = try await folder.conure("user", "add", "ann")
            #expect(taken.code == 1 && taken.output.isEmpty && taken.isOneErrorLine)
            let stranger = try await folder.conure("user", "add", "ben", "--friend", "nobody")
            #expect(stranger.code == 1 && stranger.isOneErrorLine && stranger.errors.contains("nobody"))

            #expect(try await folder.conure("user", "remove", "ann").output == "removed ann\n")
            #expect(!FileManager.default.fileExists(atPath: folder / ".conure/passwords/ann"))
            let rest = try await folder.conure("user", "list", "--json").decoded(as: PersonLine.self)
            #expect(rest == [added])
            let gone = try await folder.conure("user", "remove", "ann")
            #expect(gone.code == 1 && gone.isOneErrorLine)
        }
    }

    @Test(arguments: ["status", "outbox", "chat"])
    func `about a folder without a bot say so in a line`(command: String) async throws {
        try await withFolder { folder in
            let ending = try await folder.conure(command)
            #expect(ending.code == 1 && ending.output.isEmpty && ending.isOneErrorLine)
            #expect(ending.errors.contains("conure up"))
            #expect(!FileManager.default.fileExists(atPath: folder / ".conure/conure.sqlite"))
        }
    }
}
