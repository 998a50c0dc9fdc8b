import Foundation
import Testing

@Suite(.serialized, .timeLimit(.minutes(5)))
struct `Processes that speak TLS` {
    private struct StatusReport: Decodable {
        struct Account: Decodable {
            var state: String
            var reason: String
        }
        var accounts: [Account]
    }

    /// Waits for a word in what `status` says of the bot.
    private func status(of site: Site, until word: String) async throws {
        while true {
            let report = try await site.folder.conure("status", "--json", "--data", site.botData)
                .decoded(as: StatusReport.self)
            if let account = report.first?.accounts.first, "\(account.state) \(account.reason)".contains(word)
            {
                return
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    @Test(arguments: ["pin", "on"])
    func `let a person talk to a bot, on both links`(trust: String) async throws {
        try await withFolder { folder in
            var site = try await Site(in: folder, people: ["ann"])
            site.serverOptions = ["--tls", "required"]
            if trust == "on" {
                // The server's own certificate is for the address that the bot uses; only an authority is missing.
                site.tls = "on"
                site.botEnvironment = ["SSL_CERT_FILE": site.serverData + "/server/tls-certificate.pem"]
            } else {
                let server = try await site.startServer()
                site.tls = try "pin:" + #require(Endpoints(in: site.serverData)?.tlsPin)
                await server.destroy()
            }
            let ready = site
            try await ready.run { _, _ in
                try await withPeople(["ann"], at: ready) { people in
                    for person in people {
                        try await person.send("hello", to: ready.bot)
                        #expect(try await person.texts(until: "re: hello") == ["re: hello"])
                    }
                }
            }
        }
    }

    @Test func `answer a chat in the terminal`() async throws {
        try await withFolder { folder in
            try folder.write(echoRules, to: folder / "rules.yaml")
            let ports = ["--long-link-port", "0", "--short-link-port", "0"]
            try await withConure(["up", "--tls", "required"] + ports, in: folder) { up in
                try await up.ready(in: folder / ".conure")
                let pin = try #require(Endpoints(in: folder / ".conure")?.tlsPin)
                let chat = try await folder.conure("chat", "--wait", "3", input: "hello")
                #expect(chat.code == 0 && chat.errors.isEmpty)
                #expect(chat.lines == ["bot: re: hello"])
                #expect(up.output.contains("  tls         pin:\(pin)\n"))
            }
        }
    }

    @Test func `remember an order to move, and need it after a restart`() async throws {
        try await withFolder { folder in
            var site = try await Site(in: folder, people: [])
            site.serverOptions = ["--tls", "upgrade"]
            let memory = site.botData + "/known-servers.json"
            try await run(site) { site in
                try await status(of: site, until: "online")
                while !FileManager.default.fileExists(atPath: memory) {
                    try await Task.sleep(for: .milliseconds(10))
                }
                try await status(of: site, until: "online")
            }
            let mode = try FileManager.default.attributesOfItem(atPath: memory)[.posixPermissions]
            #expect((mode as? NSNumber)?.intValue == 0o600)
            site.serverOptions = ["--tls", "required"]
            try await run(site) { site in try await status(of: site, until: "online") }
            try FileManager.default.removeItem(atPath: memory)
            try await run(site) { site in
                try await status(
                    of: site, until: "offline the long link broke: the server takes nothing but TLS")
            }
        }
    }

    /// Runs the server and the bot until `body` ends.
    private func run(_ site: Site, _ body: (Site) async throws -> Void) async throws {
        try await site.run { _, _ in try await body(site) }
    }

    @Test func `are not started by mistake without it for everybody`() async throws {
        try await withFolder { folder in
            let server = try await folder.conure("server", "--host", "0.0.0.0")
            #expect(server.code == 1 && server.isOneErrorLine && server.errors.contains("--allow-cleartext"))
            let half = try await folder.conure("server", "--tls", "on", "--tls-key", "key.pem")
            #expect(half.code != 0 && half.errors.contains("--tls-certificate and --tls-key belong together"))
            let missing = try await folder.conure(
                "server", "--tls", "on", "--tls-key", "key.pem", "--tls-certificate", "no.pem")
            #expect(missing.code == 1 && missing.isOneErrorLine && missing.errors.contains("no.pem"))
        }
    }
}
