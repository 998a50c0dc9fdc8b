import Foundation
import Testing

@Suite(.serialized, .timeLimit(.minutes(5)))
struct `A bot that is started again` {
    /// How often the bot has logged in, as the server says.
    private func logins(at server: ConureProcess) -> Int {
        server.errors.split(separator: "\n").count { $0.contains("account=bot") && $0.contains("logged in") }
    }

    /// Starts the bot, has it answer something, and kills it.
    private func answer(_ text: String, at site: Site) async throws {
        let bot = try await site.startBot()
        do {
            try await withPeople(["ann"], at: site) { people in
                let ann = try #require(people.first)
                try await ann.send(text, to: site.bot)
                _ = try await ann.texts(until: "re: " + text)
            }
        } catch {
            await bot.destroy()
            throw error
        }
        await bot.destroy()
    }

    @Test func `goes on with its session, and logs in only if it can't`() async throws {
        try await withFolder { folder in
            let site = try await Site(in: folder, people: ["ann"])
            let server = try await site.startServer()
            do {
                try site.writeRules()
                try await answer("1", at: site)
                try await answer("2", at: site)
                #expect(logins(at: server) == 1)
                let key = site.botData + "/memory.key"
                let mode = try FileManager.default.attributesOfItem(atPath: key)[.posixPermissions] as? Int
                #expect(mode == 0o600)
                try FileManager.default.removeItem(atPath: key)
                try await answer("3", at: site)
                #expect(logins(at: server) == 2)
                try folder.write("not a key", to: key)
                let refused = try await folder.conure(
                    "run", "--rules", folder / "rules.yaml", "--data", site.botData)
                #expect(refused.code == 1 && refused.errors.contains("should hold 64 hex digits"))
            } catch {
                await server.destroy()
                throw error
            }
            await server.destroy()
        }
    }
}
