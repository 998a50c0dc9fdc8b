import DurableSQLite
import GRDB
import MicroChatServer
import MicroChatWire
import Testing

@Suite(.timeLimit(.minutes(1)))
struct `Upkeep` {
    private static let week: Int64 = 7 * 24 * 3600

    @Test func `forgets what is consumed and old, and keeps what is not consumed`() async throws {
        try await withFolder { folder in
            let start: Int64 = 1_700_000_000
            try await withServer(in: folder, configure: { $0.now = { start } }) { server in
                let people = try await People(server)
                let bob = try await TestClient.loggedIn(server, as: "bob")
                let alice = try await TestClient.loggedIn(server, as: "alice")
                _ = try await bob.sendTexts(["read"], to: people.alice.wxid)
                _ = try await alice.newSync()
                _ = try await alice.newSync()
                _ = try await bob.sendTexts(["unread"], to: people.alice.wxid, firstID: 2)
            }
            try await withServer(
                in: folder,
                configure: {
                    $0.now = { start + Self.week + 60 }
                    $0.upkeepInterval = .milliseconds(1)
                }
            ) { server in
                let database = try folder.openDatabase()
                // Looking is what takes time here.
                var (sends, messages) = (1, 2)
                while sends > 0 || messages > 1 {
                    sends = try await count("sends", database)
                    messages = try await count("messages", database)
                }
                let alice = try await TestClient.loggedIn(server, as: "alice")
                #expect(try await alice.newSync().messages.map(\.content.value) == ["unread"])
            }
        }
    }

    private func count(_ table: String, _ database: DurableDatabase) async throws -> Int {
        try await database.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM \(table)") ?? 0 }
    }
}
