import Foundation
import Testing

/// What a new user does, with the program itself.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct CommandTests {
    private static let anyPorts = ["--long-link-port", "0", "--short-link-port", "0"]
    private static let rules = """
        version: 1
        rules:
          - id: hello
            when: { message: { contains: hello } }
            then: [ { reply: "Hi {{ sender.name }}!" } ]
        """

    private func up(in folder: TestFolder, _ more: String...) async throws -> ConureProcess {
        try folder.write(Self.rules, to: "rules.yaml")
        let up = try ConureProcess(["up"] + Self.anyPorts + more, in: folder)
        try await folder.ready(up, data: ".conure")
        return up
    }

    @Test func `hello is answered, and after a restart it goes on where it was`() async throws {
        let folder = try TestFolder()
        let first = try await up(in: folder)
        let chat = try conure(
            "chat", "--as", "me", "--wait", "1", input: "hello\nnothing\nhello again\n", in: folder)
        #expect(chat.output == "bot: Hi Me!\nbot: Hi Me!\n")
        #expect(first.output.contains("conure chat --as me"))
        #expect(first.end(with: SIGINT) == 0)
        #expect(!FileManager.default.fileExists(atPath: folder.path(".conure/endpoints.json")))

        let second = try await up(in: folder)
        #expect(try conure("chat", "--wait", "1", input: "hello\n", in: folder).output == "bot: Hi Me!\n")
        let sent = try conure("outbox", "list", "--state", "sent", "--json", in: folder).output
        #expect(sent.split(separator: "\n").count == 3)
        #expect(second.end(with: SIGTERM) == 0)
        #expect(try conure("status", in: folder).output.hasPrefix("not running"))
    }

    @Test func `a folder in use and a taken port are one clear line each`() async throws {
        let folder = try TestFolder()
        let first = try await up(in: folder)
        let again = try conure("up", in: folder)
        #expect(again.code == 1)
        #expect(
            again.output == """
                Error: the data folder .conure is in use by another conure (process \(first.id)): stop it, or use --data DIR

                """)
        let said = try folder.json(".conure/endpoints.json")
        let port = try #require((said["long_link"] as? String)?.split(separator: ":").last)
        let taken = try conure("up", "--data", "other", "--long-link-port", String(port), in: folder)
        #expect(taken.code == 1)
        #expect(taken.output.hasPrefix("Error: cannot listen on 127.0.0.1:\(port): "))
        #expect(taken.output.split(separator: "\n").count == 1)
    }

    @Test func `people come and go while the server runs`() async throws {
        let folder = try TestFolder()
        let server = try ConureProcess(["server"] + Self.anyPorts, in: folder)
        try await folder.ready(server, data: ".conure")
        #expect(try conure("user", "add", "ann", "--nick", "Ann", in: folder).code == 0)
        let added = try conure(
            "user", "add", "bob", "--friend", "ann", "--password-file", "-", "--json", input: "secret\n",
            in: folder)
        let bob = try #require(
            try JSONSerialization.jsonObject(with: Data(added.output.utf8)) as? [String: Any])
        #expect(bob["name"] as? String == "bob" && bob["nick"] as? String == "bob")
        #expect(bob["friends"] as? [String] == ["ann"] && bob["bot"] as? Bool == false)
        #expect(try conure("user", "add", "bob", in: folder).output == "Error: the name 'bob' is taken\n")
        #expect(try conure("user", "add", "eve", "--friend", "nobody", in: folder).code == 1)
        #expect(try conure("user", "remove", "bob", in: folder).code == 0)
        #expect(try conure("user", "list", "--json", in: folder).output.split(separator: "\n").count == 1)
    }

    @Test func `check shows every mistake with its line and a caret`() throws {
        let folder = try TestFolder()
        try folder.write(Self.rules, to: "rules.yaml")
        #expect(try conure("check", in: folder) == (0, "rules.yaml: 1 rule, nothing wrong\n"))
        try folder.write(Self.rules.replacing("contains", with: "contians"), to: "bad.yaml")
        let bad = try conure("check", "bad.yaml", in: folder)
        #expect(bad.code == 1)
        #expect(bad.output.hasPrefix("bad.yaml:4:24: error: "))
        #expect(
            bad.output.hasSuffix("\n    when: { message: { contians: hello } }\n                       ^\n"))
        let json = try conure("check", "bad.yaml", "--json", in: folder)
        let finding = try #require(
            try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
        #expect(finding["line"] as? Int == 4 && finding["column"] as? Int == 24)
        #expect(finding["suggestion"] as? String == "contains")
        #expect(try conure("up", "--rules", "bad.yaml", in: folder).code == 1)
        #expect(try conure("up", "--rules", "missing.yaml", in: folder).code == 1)
    }

    @Test func `a wrong password pauses the account and says so`() async throws {
        let pair = try await TwoProcesses(people: 0)
        try TwoProcesses.keep("bot_password: wrong\n", in: pair.folder)
        try await pair.killBot()
        var account: [String: Any] = [:]
        while account["state"] as? String != "paused" {
            let status = try conure("status", "--json", "--data", "bot-data", in: pair.folder).output
            let report = try #require(
                try JSONSerialization.jsonObject(with: Data(status.utf8)) as? [String: Any])
            account = (report["accounts"] as? [[String: Any]])?.first ?? [:]
            try await Task.sleep(for: .milliseconds(50))
        }
        #expect((account["reason"] as? String)?.contains("wrong account or password") == true)
    }
}
