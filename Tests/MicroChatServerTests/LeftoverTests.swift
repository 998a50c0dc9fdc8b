import DurableSQLite
import GRDB
import MicroChatWire
import Testing

@testable import MicroChatServer

@Suite(.timeLimit(.minutes(5)))
struct `Leftovers` {
    private static let tables = [
        "tickets", "named_sends", "recalls", "gatherings", "gathered", "qr_logins", "text_checks",
    ]

    @Test func `are forgotten when they are over, and pictures in use are not`() async throws {
        let clock = TestClock()
        try await withFolder { folder in
            try await withServer(in: folder, configure: { $0.now = { clock.now } }) { server in
                let people = try await People(server)
                let alice = try await TestClient.loggedIn(server, as: "alice")
                let found = try await alice.search("carol")
                _ = try await alice.verify(2, found.user.value, ticket: found.v2Ticket, greeting: "x")
                _ = try await alice.nearby(0, code: "1234")
                let link = try await alice.sendLink("<appmsg/>", to: people.bob.wxid, clientID: "1")
                #expect(try await alice.recall(link.serverID, to: people.bob.wxid) == 0)
                _ = try await alice.setPicture(TestPicture.png)
                let start: Microchat_QrLoginStartResponse = try await TestClient.keyed(
                    server, .getLoginQRCode, Microchat_QrLoginStartRequest())
                #expect(!start.uuid.isEmpty)
                try await server.accounts.setLoginCheck(.textMessage, of: "bob")
                #expect(try await TestClient(server).logIn("bob").code == .textMessageCheck)
            }
            let database = try folder.openDatabase()
            let upkeep = Upkeep(database: database, mailboxes: Mailboxes())
            try await upkeep.run(now: clock.now)
            for table in Self.tables { #expect(try await count(table, database) > 0, "\(table)") }
            clock.advance(by: 31 * 24 * 3600)
            try await upkeep.run(now: clock.now)
            for table in Self.tables { #expect(try await count(table, database) == 0, "\(table)") }
            #expect(try await count("pictures", database) == 1)
            try await Accounts(database: database).remove(name: "alice")
            try await upkeep.run(now: clock.now)
            #expect(try await count("pictures", database) == 0)
        }
    }

    private func count(_ table: String, _ database: DurableDatabase) async throws -> Int {
        try await database.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM \(table)") ?? 0 }
    }
}
