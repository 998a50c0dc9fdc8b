import Foundation
import Testing

@Suite(.serialized, .timeLimit(.minutes(5)))
struct `A bot finds its server` {
    /// Writes rules for the bot of `site`, whose server has these lines.
    private func writeRules(
        _ lines: String..., for site: Site, key: String, to path: String
    ) throws {
        let password = try String(contentsOfFile: site.serverData + "/passwords/bot", encoding: .utf8)
        try site.folder.write(
            """
            version: 1
            accounts:
              - id: bot
                password: \(password.trimmingCharacters(in: .newlines))
                server:
                  login_key: \(key)
                  login_key_version: 1
                  \(lines.joined(separator: "\n      "))
            rules:
              - id: echo
                when: { message: { from: anyone } }
                then: { reply: "re: {{ message.text }}" }
            """, to: path)
    }

    /// Runs processes until `body` ends, however that ends.
    private func with(
        _ processes: [ConureProcess], _ body: ([ConureProcess]) async throws -> Void
    ) async throws {
        do {
            try await body(processes)
        } catch {
            for process in processes { await process.destroy() }
            throw error
        }
        for process in processes { await process.destroy() }
    }

    private func log(of process: ConureProcess, until text: String) async throws {
        while !process.errors.contains(text) {
            try #require(process.isAlive, "\(process.errors)")
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    private func bot(_ site: Site, _ rules: String) async throws -> ConureProcess {
        try await .ready(
            ["run", "--rules", rules, "--reconnect-waits", "0.05,0.1,0.2"], in: site.folder,
            data: site.botData)
    }

    @Test(arguments: [[], ["--name-service-port", "0"]])
    func `through a name service alone`(options: [String]) async throws {
        try await withFolder { folder in
            let site = try await Site(in: folder, people: ["ann"])
            let server = try await ConureProcess.ready(
                ["server", "--long-link-port", "0", "--short-link-port", "0"] + options, in: folder,
                data: site.serverData)
            try await with([server]) { _ in
                let endpoints = try #require(Endpoints(in: site.serverData))
                let service = try #require(endpoints.nameService)
                #expect(service.contains(endpoints.shortLink ?? "-") == options.isEmpty)
                let rules = folder / "rules.yaml"
                try writeRules(
                    "name_service: \(service)", for: site, key: endpoints.loginKey ?? "", to: rules)
                try await with([bot(site, rules)]) { bots in
                    try await log(of: bots[0], until: "online as bot")
                    let chat = try await folder.conure(
                        "chat", "--as", "ann", "--wait", "30", "--data", site.serverData, input: "hello")
                    #expect(chat.lines == ["bot: re: hello"])
                }
            }
        }
    }

    /// A server that sends every login to where `target` says, with the login key of the site's own server.
    private func redirecting(_ site: Site, to target: String, port: Int) async throws -> ConureProcess {
        let data = site.folder / "elsewhere"
        try FileManager.default.createDirectory(
            atPath: data + "/server", withIntermediateDirectories: true)
        try? FileManager.default.copyItem(
            atPath: site.serverData + "/server/login-key.pem", toPath: data + "/server/login-key.pem")
        return try await .ready(
            [
                "server", "--long-link-port", "\(port)", "--short-link-port", "0", "--redirect-to", target,
            ], in: site.folder, data: data)
    }

    @Test func `where its login is sent, and still knows after a restart`() async throws {
        try await withFolder { folder in
            let site = try await Site(in: folder, people: ["ann"])
            let port = try freePort()
            try await with([site.startServer()]) { _ in
                let target = "127.0.0.1:\(site.longLinkPort),127.0.0.1:\(site.shortLinkPort)"
                let rules = folder / "rules.yaml"
                let key = Endpoints(in: site.serverData)?.loginKey ?? ""
                let elsewhere = try await redirecting(site, to: target, port: port)
                try await with([elsewhere]) { _ in
                    let short = Endpoints(in: folder / "elsewhere")?.shortLink ?? ""
                    try writeRules(
                        "long_link: 127.0.0.1:\(port)", "short_link: \(short)", for: site, key: key, to: rules
                    )
                    try await with([bot(site, rules)]) { bots in
                        try await log(of: bots[0], until: "online as bot")
                        #expect(elsewhere.errors.contains("code=-301"))
                    }
                }
                // The server of the rules file is gone by now.
                try await with([bot(site, rules)]) { bots in
                    try await log(of: bots[0], until: "online as bot")
                    let chat = try await folder.conure(
                        "chat", "--as", "ann", "--wait", "30", "--data", site.serverData, input: "hello")
                    #expect(chat.lines == ["bot: re: hello"])
                }
            }
        }
    }

    /// The owner's login, with a memory apart from the bot's.
    private func logIn(with rules: String, in folder: TestFolder) async throws -> ConureProcess.Ending {
        try await folder.conure("login", "--rules", rules, "--data", folder / "owner")
    }

    @Test func `where its owner's login is sent`() async throws {
        try await withFolder { folder in
            let site = try await Site(in: folder, people: [])
            let port = try freePort()
            let rules = folder / "rules.yaml"
            try await with([site.startServer()]) { _ in
                let key = Endpoints(in: site.serverData)?.loginKey ?? ""
                let elsewhere = try await redirecting(
                    site, to: "127.0.0.1:\(site.longLinkPort),127.0.0.1:\(site.shortLinkPort)", port: port)
                try await with([elsewhere]) { _ in
                    let short = Endpoints(in: folder / "elsewhere")?.shortLink ?? ""
                    try writeRules(
                        "long_link: 127.0.0.1:\(port)", "short_link: \(short)", for: site, key: key, to: rules
                    )
                    let login = try await logIn(with: rules, in: folder)
                    #expect(login.output.hasPrefix("bot is logged in as"), "\(login.errors)")
                    #expect(elsewhere.errors.contains("code=-301"))
                }
                // The server of the rules file is gone by now.
                let login = try await logIn(with: rules, in: folder)
                #expect(login.output.hasPrefix("bot is logged in as"), "\(login.errors)")
            }
        }
    }

    @Test func `unless its login is sent in circles`() async throws {
        try await withFolder { folder in
            let site = try await Site(in: folder, people: [])
            let server = try await site.startServer()
            let key = Endpoints(in: site.serverData)?.loginKey ?? ""
            await server.destroy()
            let port = try freePort()
            let circle = try await redirecting(site, to: "127.0.0.1:\(port),127.0.0.1:\(port)", port: port)
            try await with([circle]) { _ in
                let rules = folder / "rules.yaml"
                try writeRules(
                    "long_link: 127.0.0.1:\(port)", "short_link: 127.0.0.1:\(port)", for: site, key: key,
                    to: rules)
                try await with([bot(site, rules)]) { bots in
                    try await log(
                        of: bots[0], until: "paused until you act: the server keeps sending the login")
                    #expect(circle.errors.components(separatedBy: "code=-301").count - 1 == 4)
                }
                let login = try await logIn(with: rules, in: folder)
                #expect(login.code == 1 && login.isOneErrorLine)
            }
        }
    }
}
