import Foundation
import Testing

@Suite(.serialized, .timeLimit(.minutes(5)))
struct `Trying changed rules on what has happened` {
    private struct Line: Decodable {
        struct Change: Decodable {
            struct Said: Decodable {
                var kind: String
                var text: String
            }
            var change: String
            var rule: String
            var before: Said?
            var after: Said?
            var reason: String?
        }
        var type: String?
        var account: String?
        var sender_name: String?
        var text: String?
        var changes: [Change]?
        var rule: String?
        var name: String?
        var before: Int?
        var after: Int?
        var same: Int?
        var different: Int?
        var new: Int?
        var gone: Int?
        var events: Int?
        var differing_events: Int?
        var listed: Int?
        // A finding has these.
        var line: Int?
        var message: String?
    }

    private let rules = """
        version: 1
        rules:
          - { id: bye, when: { message: bye }, then: [ { reply: "see you" } ] }
          - id: hi
            when: { message: { contains: hi } }
            cooldown: 1h per chat
            then: [ { reply: "hello {{ sender.name }}" } ]
        """

    private let changed = """
        version: 1
        rules:
          - { id: bye, when: { message: bye }, then: [ { reply: "good bye" } ] }
          - { id: hi, when: { message: { contains: hi } }, then: [ { reply: "hello {{ sender.name }}" } ] }
        """

    /// What is in the data folder, without SQLite's notes of who reads.
    private func content(of data: String) throws -> [String: Data] {
        let names = try FileManager.default.subpathsOfDirectory(atPath: data)
        var files: [String: Data] = [:]
        for name in names where !name.hasSuffix("-shm") {
            files[name] = FileManager.default.contents(atPath: data + "/" + name)
        }
        return files
    }

    @Test func `tells the difference beside a running bot and of a stopped or killed one`() async throws {
        try await withFolder { folder in
            try folder.write(rules, to: folder / "rules.yaml")
            try folder.write(changed, to: folder / "new.yaml")
            let data = folder / ".conure"
            let missing = try await folder.conure("replay")
            #expect(missing.code == 1 && missing.errors.contains("no bot has run"))
            #expect(!FileManager.default.fileExists(atPath: data))
            try await withConure(["up", "--long-link-port", "0", "--short-link-port", "0"], in: folder) {
                up in
                try await up.ready(in: data)
                let chat = try await folder.conure("chat", "--wait", "2", input: "hi\nhi again\nbye\n")
                #expect(chat.lines.suffix(2) == ["bot: hello Me", "bot: see you"])
                try await difference(in: folder)
                #expect(try await folder.conure("replay").output.contains("2 the same, no difference"))
            }
            // It was killed: what it wrote last is still in the log beside the store.
            let killed = try content(of: data)
            #expect(killed.keys.contains("conure.sqlite-wal"))
            try await difference(in: folder)
            #expect(try content(of: data) == killed)
            // A command that may write tidies up.
            try await folder.conure("status")
            let stopped = try content(of: data)
            #expect(!stopped.keys.contains("conure.sqlite-wal"))
            try await difference(in: folder)
            #expect(try content(of: data) == stopped)

            let none = try await folder.conure("replay", "--since", "2099-01-01 00:00")
            #expect(none.code == 0 && none.output.hasPrefix("nothing has come in since "))
            #expect(try await folder.conure("replay", "--since", "soon").code == 1)
            #expect(try await folder.conure("replay", "--account", "other").code == 1)
        }
    }

    private func difference(in folder: TestFolder) async throws {
        let ending = try await folder.conure("replay", "--since", "1h", "--rules", "new.yaml", "--json")
        #expect(ending.code == 0 && ending.errors.isEmpty)
        let lines = try ending.decoded(as: Line.self)
        #expect(lines.map(\.type) == ["difference", "difference", "rule", "rule", "chat", "total"])
        #expect(lines.allSatisfy { $0.account == "bot" })
        let total = try #require(lines.last)
        #expect(total.before == 2 && total.after == 3 && total.same == 1 && total.different == 1)
        #expect(total.new == 1 && total.gone == 0 && total.differing_events == 2 && total.listed == 2)
        let changes = lines.flatMap { $0.changes ?? [] }
        #expect(changes.map(\.change) == ["new", "different"] && changes.map(\.rule) == ["hi", "bye"])
        #expect(changes.last?.before?.text == "see you" && changes.last?.after?.text == "good bye")
        #expect(lines.first?.text == "hi again" && lines.first?.sender_name == "Me")

        let text = try await folder.conure("replay", "--rules", "new.yaml", "--limit", "1").output
        #expect(text.contains("2 answers before, 3 now: 1 the same, 1 different, 1 new"))
        #expect(text.contains("  new, hi: nothing → \"hello Me\""))
        #expect(
            !text.contains("good bye") && text.contains("1 more event with differences: --limit 2 lists all"))
        let back = try await folder.conure("replay", "--rules", "rules.yaml").output
        #expect(back.contains("2 the same, no difference"))
    }

    @Test func `shows what is wrong with the rules as a check does`() async throws {
        try await withFolder { folder in
            try folder.write("version: 1\nrules:\n  - { id: a, wen: x, then: [] }\n", to: folder / "new.yaml")
            for option in [[], ["--json"]] as [[String]] {
                let check = try await ConureProcess(["check", "new.yaml"] + option, in: folder).ending()
                let replay = try await ConureProcess(["replay", "--rules", "new.yaml"] + option, in: folder)
                    .ending()
                #expect(replay.code == 1 && replay.output == check.output && !check.output.isEmpty)
            }
        }
    }
}
