import Foundation
import Testing

/// Answers everything with what was said.
let echoRules = """
    version: 1
    rules:
      - id: echo
        when: { message: { from: anyone } }
        then: { reply: "re: {{ message.text }}" }
    """

@Suite(.serialized, .timeLimit(.minutes(5)))
struct `A bot that is up` {
    private struct StatusReport: Decodable {
        struct Account: Decodable {
            var id: String
            var state: String
            var reason: String
            var behind: Behind?
        }
        struct Behind: Decodable, Equatable {
            var profile: Int
            var contacts: Int
            var messages: Int
        }
        var accounts: [Account]
        var pid: Int32?
    }

    /// Runs `conure up` in the usual data folder of `folder`, on any free ports.
    private func withUp(
        in folder: TestFolder, _ body: (ConureProcess) async throws -> Void
    ) async throws {
        try folder.write(echoRules, to: folder / "rules.yaml")
        try await withConure(["up", "--long-link-port", "0", "--short-link-port", "0"], in: folder) { up in
            try await up.ready(in: folder / ".conure")
            try await body(up)
        }
    }

    /// Says something to the bot and waits for what it must say to that.
    ///
    /// - Returns: the lines that were shown until then.
    @discardableResult
    private func chat(
        _ text: String, as person: String = "me", in folder: TestFolder
    ) async throws -> [String] {
        var lines: [String] = []
        try await withConure(["chat", "--as", person, "--wait", "60"], in: folder, input: text + "\n") {
            chat in
            while !lines.contains("bot: re: " + text) {
                try await Task.sleep(for: .milliseconds(10))
                lines = chat.output.split(separator: "\n").map(String.init)
                try #require(chat.isAlive, "\(chat.errors)")
            }
        }
        return lines
    }

    @Test func `answers what is piped into a chat, which then ends`() async throws {
        try await withFolder { folder in
            try await withUp(in: folder) { _ in
                let chat = try await folder.conure("chat", "--wait", "3", input: "hello\n\nbye")
                #expect(chat.code == 0 && chat.errors.isEmpty)
                #expect(chat.lines == ["bot: re: hello", "bot: re: bye"])
            }
        }
    }

    /// What `status` says, as soon as the account is in a state.
    private func status(
        in folder: TestFolder, data: String, until state: String
    ) async throws -> StatusReport {
        while true {
            let report = try await folder.conure("status", "--json", "--data", data)
                .decoded(as: StatusReport.self)
            if let first = report.first, first.accounts.first?.state == state { return first }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func `ends in order when told to, and goes on when started again`(signal: Int32) async throws {
        try await withFolder { folder in
            try await withUp(in: folder) { up in
                #expect(try await chat("hello", in: folder) == ["bot: re: hello"])
                let start = ContinuousClock.now
                up.signal(signal)
                let ending = try await up.ending()
                #expect(ending.code == 0)
                #expect(ending.time - start < .seconds(10))
                #expect(!FileManager.default.fileExists(atPath: folder / ".conure/endpoints.json"))
                let report = try await status(in: folder, data: ".conure", until: "stopped")
                #expect(report.pid == nil)
            }
            try await withUp(in: folder) { _ in
                // The history comes first, if the chat before had no time to say that it has it.
                let lines = try await chat("again", in: folder)
                #expect(lines == ["bot: re: again"] || lines == ["bot: re: hello", "bot: re: again"])
                let rows = try await folder.conure("outbox", "list", "--json").decoded(as: OutboxLine.self)
                #expect(rows.map(\.text) == ["re: again", "re: hello"])
                #expect(rows.map(\.state) == ["sent", "sent"])
                let none = try await folder.conure("outbox", "list", "--json", "--state", "failed")
                #expect(none.code == 0 && none.output.isEmpty)
            }
        }
    }

    @Test func `keeps a second one off its data folder`() async throws {
        try await withFolder { folder in
            try await withUp(in: folder) { up in
                for command in ["up", "server", "run"] {
                    let second = try await folder.conure(command)
                    #expect(second.code == 1 && second.output.isEmpty)
                    #expect(
                        second.errors == """
                            Error: the data folder .conure is in use by another conure (process \(up.id)): \
                            stop it, or use --data DIR

                            """)
                }
                try await chat("hello", in: folder)
            }
        }
    }

    @Test(arguments: ["--long-link-port", "--short-link-port"])
    func `says which port is taken`(option: String) async throws {
        try await withFolder { folder in
            try await withUp(in: folder) { _ in
                let endpoints = try #require(Endpoints(in: folder / ".conure"))
                let port = try #require(endpoints.longLink?.split(separator: ":").last)
                let other = option == "--long-link-port" ? "--short-link-port" : "--long-link-port"
                for command in ["up", "server"] {
                    let second = try await folder.conure(
                        command, "--data", "other", option, String(port), other, "0")
                    #expect(second.code == 1 && second.output.isEmpty && second.isOneErrorLine)
                    #expect(second.errors.contains("cannot listen on 127.0.0.1:\(port): "))
                    #expect(!FileManager.default.fileExists(atPath: folder / "other/endpoints.json"))
                }
            }
        }
    }

    @Test func `shows in its status that its password is wrong`() async throws {
        try await withFolder { folder in
            let site = try await Site(in: folder, people: [])
            let server = try await site.startServer()
            do {
                try site.writeRules(password: "not-it")
                let bot = try await site.startBot()
                do {
                    let report = try await status(in: folder, data: site.botData, until: "paused")
                    #expect(report.pid == bot.id && report.accounts.first?.behind == nil)
                    #expect(report.accounts.first?.reason.contains("wrong account or password") == true)
                    bot.signal(SIGINT)
                    #expect(try await bot.ending().code == 0)
                } catch {
                    await bot.destroy()
                    throw error
                }
            } catch {
                await server.destroy()
                throw error
            }
            await server.destroy()
        }
    }

    @Test func `shows in its status how much it has not fetched`() async throws {
        try await withFolder { folder in
            try await withUp(in: folder) { up in
                try await chat("hello", in: folder)
                up.signal(SIGINT)
                #expect(try await up.ending().code == 0)
            }
            let stopped = try await status(in: folder, data: ".conure", until: "stopped")
            #expect(stopped.accounts.first?.behind == .init(profile: 0, contacts: 0, messages: 0))

            try await withConure(["server", "--long-link-port", "0", "--short-link-port", "0"], in: folder) {
                server in
                try await server.ready(in: folder / ".conure")
                try await folder.conure("chat", "--wait", "1", input: "one\ntwo\nthree\n")
                try await folder.conure("user", "add", "ann", "--friend", "bot")
                let report = try await folder.conure("status", "--json").decoded(as: StatusReport.self)
                #expect(report.first?.accounts.first?.behind == .init(profile: 0, contacts: 1, messages: 3))
                let text = try await folder.conure("status").output
                #expect(text.contains(", 3 messages and 1 contact to fetch, 0 to decide\n"))
            }
            try await withUp(in: folder) { _ in
                while try await status(in: folder, data: ".conure", until: "online").accounts.first?.behind
                    != .init(profile: 0, contacts: 0, messages: 0)
                {}
                #expect(try await folder.conure("status").output.contains(", nothing to fetch, "))
            }
        }
    }

    @Test func `takes in people who are added meanwhile`() async throws {
        try await withFolder { folder in
            try await withUp(in: folder) { _ in
                try await folder.conure("user", "add", "ann", "--friend", "bot")
                try await chat("hi", as: "ann", in: folder)
            }
        }
    }
}

extension ConureProcess.Ending {
    /// Whether all it complained of is one line that a person can read.
    var isOneErrorLine: Bool {
        errors.hasPrefix("Error: ") && errors.split(separator: "\n").count == 1 && errors.hasSuffix("\n")
    }
}
