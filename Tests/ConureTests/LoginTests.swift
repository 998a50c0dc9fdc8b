import Foundation
import MicroChatServer
import Testing

/// A line of `user logins --json`.
private struct PendingLogin: Decodable {
    var kind: String
    var uuid: String?
    var mobile: String?
    var code: String?
}

extension Site {
    /// A command about the bot's account, beside its rules.
    fileprivate func owner(_ arguments: String..., input: String = "") throws -> ConureProcess {
        try ConureProcess(
            arguments + ["--rules", rules, "--data", botData], in: folder, input: input)
    }

    /// The next login that waits for the operator.
    fileprivate func pendingLogin(_ kind: String, while process: ConureProcess? = nil) async throws
        -> PendingLogin
    {
        while true {
            let lines = try await folder.conure("user", "logins", "--json", "--data", serverData)
                .decoded(as: PendingLogin.self)
            if let found = lines.first(where: { $0.kind == kind }) { return found }
            if process?.isAlive == false {
                throw ConureProcess.Failure(description: "it ended early: \(process?.errors ?? "")")
            }
        }
    }

    /// Has the bot answer something.
    fileprivate func answer(_ text: String) async throws {
        let bot = try await startBot()
        do {
            try await withPeople(["ann"], at: self) { people in
                let ann = try #require(people.first)
                try await ann.send(text, to: self.bot)
                _ = try await ann.texts(until: "re: " + text)
            }
        } catch {
            await bot.destroy()
            throw error
        }
        bot.signal(SIGTERM)
        _ = try await bot.ending()
    }
}

@Suite(.serialized, .timeLimit(.minutes(5)))
struct `The owner of a stopped bot` {
    /// A site whose server runs, and whose bot does not.
    ///
    /// - Parameter check: what the bot's account has to pass.
    private func withSite(
        isPasswordKnown: Bool = false, check: String? = nil,
        _ body: (Site, ConureProcess) async throws -> Void
    ) async throws {
        try await withFolder { folder in
            let site = try await Site(in: folder, people: ["ann"])
            if let check {
                try await folder.conure("user", "check", "bot", check, "--data", site.serverData)
            }
            let server = try await site.startServer()
            do {
                try site.writeRules(isPasswordKnown: isPasswordKnown)
                try await body(site, server)
            } catch {
                await server.destroy()
                throw error
            }
            await server.destroy()
        }
    }

    private func logins(at server: ConureProcess) -> Int {
        server.errors.split(separator: "\n").count { $0.contains("account=bot") && $0.contains("logged in") }
    }

    @Test func `logs it in by QR code, and it goes on with that without a password`() async throws {
        try await withSite { site, server in
            let refused = try await site.owner("run").ending()
            #expect(refused.code == 1 && refused.isOneErrorLine)
            #expect(refused.errors.contains("use `conure login --qr`"))

            let login = try site.owner("login", "--qr", "--picture", site.folder / "code.png")
            let uuid = try #require(try await site.pendingLogin("qr_code", while: login).uuid)
            try await QRLogins(database: ServerFolder(inside: site.serverData).openDatabase())
                .scan(uuid: uuid, by: "bot")
            while !login.output.contains("scanned by bot, "), login.isAlive {
                try await Task.sleep(for: .milliseconds(20))
            }
            try await site.folder.conure("user", "approve", uuid, "--as", "bot", "--data", site.serverData)
            let ending = try await login.ending()
            #expect(ending.code == 0, "\(ending.errors)")
            #expect(ending.lines.last == "bot is logged in as bot (\(site.bot))")
            #expect(ending.output.contains("approve \(uuid).") && ending.output.contains("▀"))
            let picture = FileManager.default.contents(atPath: site.folder / "code.png")
            #expect(picture?.starts(with: [0x89, 0x50, 0x4E, 0x47]) == true)

            try await site.answer("hello")
            try await site.answer("hello again")
            #expect(logins(at: server) == 1)
        }
    }

    @Test func `is told if the QR code is refused, too old, or somebody else's`() async throws {
        try await withSite { site, _ in
            let logins = QRLogins(database: try ServerFolder(inside: site.serverData).openDatabase())
            let late = QRLogins(
                database: try ServerFolder(inside: site.serverData).openDatabase(),
                now: { Int64(Date().timeIntervalSince1970) - 1000 })
            let ways: [(String, @Sendable (String) async throws -> Void)] = [
                ("was refused or is too old", { try await logins.refuse(uuid: $0) }),
                ("was refused or is too old", { try await late.approve(uuid: $0, for: "bot") }),
                ("was confirmed for ann (wxid_", { try await logins.approve(uuid: $0, for: "ann") }),
            ]
            for (reason, settle) in ways {
                let login = try site.owner("login", "--qr", "--json")
                try await settle(try #require(try await site.pendingLogin("qr_code", while: login).uuid))
                let ending = try await login.ending()
                #expect(ending.code == 1 && ending.isOneErrorLine && ending.errors.contains(reason))
                #expect(ending.lines.first?.contains(#""state":"waiting""#) == true)
            }
            #expect(try await site.owner("logout").ending().output == "bot was not logged in\n")
        }
    }

    @Test func `passes the check by text message`() async throws {
        try await withSite(isPasswordKnown: true, check: "--text-message") { site, server in
            let early = try await site.owner("login", "--code", "1").ending()
            #expect(early.code == 1 && early.errors.contains("has asked for no code"))
            let bot = try await site.startBot()
            while !bot.errors.contains("use `conure login`"), bot.isAlive {
                try await Task.sleep(for: .milliseconds(20))
            }
            let busy = try await site.owner("login").ending()
            #expect(busy.code == 1 && busy.isOneErrorLine && busy.errors.contains("(process \(bot.id))"))
            bot.signal(SIGTERM)
            _ = try await bot.ending()
            let unsent = try await site.owner("login", "--code", "1").ending()
            #expect(unsent.code == 1 && unsent.errors.contains("no code was sent yet"))

            let sent = try await site.owner("login", input: "+491701234567\n").ending()
            #expect(sent.code == 1 && sent.errors.contains("a code was sent to +491701234567: go on with"))
            let pending = try await site.pendingLogin("text_message")
            let code = try #require(pending.code)
            #expect(pending.mobile == "+491701234567")
            let wrong = try await site.owner("login", "--code", code == "1" ? "2" : "1").ending()
            #expect(wrong.code == 1 && wrong.errors == "Error: the code is wrong\n")
            let right = try await site.owner("login", "--code", code).ending()
            #expect(right.code == 0 && right.output == "bot is logged in as bot (\(site.bot))\n")

            try await site.answer("hello")
            #expect(logins(at: server) == 1)
        }
    }

    @Test func `logs it out, as often as they like`() async throws {
        try await withSite(isPasswordKnown: true) { site, server in
            #expect(try await site.owner("logout").ending().output == "bot was not logged in\n")
            try await site.answer("hello")
            #expect(try await site.owner("logout").ending().output == "bot is logged out\n")
            let again = try await site.owner("logout", "--json").ending()
            #expect(again.code == 0 && again.output == #"{"state":"not_logged_in"}"# + "\n")
            try await site.answer("hello again")
            #expect(logins(at: server) == 2)
            await server.destroy()
            let alone = try await site.owner("logout").ending()
            #expect(alone.code == 1 && alone.isOneErrorLine && alone.errors.contains("--forget"))
            #expect(try await site.owner("logout", "--forget").ending().output == "bot is logged out\n")
            #expect(try await site.owner("logout").ending().output == "bot was not logged in\n")
        }
    }

    @Test func `is told that an account of the embedded server needs none of that`() async throws {
        try await withFolder { folder in
            try folder.write(echoRules, to: folder / "rules.yaml")
            for command in ["login", "logout"] {
                let ending = try await folder.conure(command)
                #expect(ending.code == 1 && ending.isOneErrorLine)
                #expect(ending.errors.contains("on the embedded server"))
            }
        }
    }
}
