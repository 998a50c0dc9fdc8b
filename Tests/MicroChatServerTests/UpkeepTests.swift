import DurableSQLite
import GRDB
import MicroChatServer
import MicroChatWire
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(5)))
struct `The upkeep` {
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

    @Test func `waits for every device that was here in the last thirty days`() async throws {
        try await withFolder { folder in
            let start: Int64 = 1_700_000_000
            try await withServer(in: folder, configure: { $0.now = { start } }) { server in
                let people = try await People(server)
                let bob = try await TestClient.loggedIn(server, as: "bob")
                let phone = try await TestClient.loggedIn(server, as: "alice", on: "android-22")
                _ = try await TestClient.loggedIn(server, as: "alice", on: "iPad")
                _ = try await bob.sendTexts(["read on the phone"], to: people.alice.wxid)
                _ = try await phone.newSync()
                _ = try await phone.newSync()
                _ = try await bob.sendTexts(["read nowhere"], to: people.alice.wxid, firstID: 2)
            }
            try await expectUpkeep(in: folder, at: start + 29 * 24 * 3600, leaves: 2, devices: 3)
            try await expectUpkeep(in: folder, at: start + 31 * 24 * 3600, leaves: 1, devices: 0)
            try await withServer(in: folder) { server in
                let phone = try await TestClient.loggedIn(server, as: "alice", on: "android-22")
                #expect(try await phone.newSync().messages.map(\.content.value) == ["read nowhere"])
            }
        }
    }

    @Test func `does not take a device that is connected and silent for one that is gone`() async throws {
        try await withFolder { folder in
            let clock = Mutex(Int64(1_700_000_000))
            try await withServer(
                in: folder,
                configure: {
                    $0.now = { clock.withLock { $0 } }
                    $0.upkeepInterval = .milliseconds(1)
                }
            ) { server in
                let people = try await People(server)
                let bob = try await TestClient.loggedIn(server, as: "bob")
                let pad = try await TestClient.loggedIn(server, as: "alice", on: "iPad")
                let (request, _) = try TestClient.loginRequest("alice", password: "secret", device: "iPhone")
                let packet = try request.seal(for: RSAPublicKey(pem: server.loginKeyPEM), keyVersion: 1)
                let socket = try await TestSocket(server.shortLink)
                #expect(try await socket.post(ShortLink.path(of: .manualAuth), packet)?.status == 200)

                let database = try folder.openDatabase()
                while try await count("devices", database) < 3 {}
                clock.withLock { $0 += 31 * 24 * 3600 }
                while try await count("devices", database) > 2 {}
                _ = try await pad.sendTexts(["hi"], to: people.bob.wxid)
                #expect(try await bob.newSync().messages.count == 1)
                #expect(try await slots(of: people.alice, database) == [1])
            }
        }
    }

    private func slots(of account: AccountSummary, _ database: DurableDatabase) async throws -> [Int] {
        try await database.read {
            try Int.fetchAll($0, sql: "SELECT slot FROM devices WHERE uin = ?", arguments: [account.uin])
        }
    }

    /// An upkeep ends with the results of sends: once an old one is gone, so is all else that has to go.
    private func expectUpkeep(
        in folder: ServerFolder, at now: Int64, leaves messages: Int, devices: Int
    ) async throws {
        let database = try folder.openDatabase()
        try await database.write { db in
            try db.execute(
                sql: """
                    INSERT INTO sends(sender, recipient, create_time, client_id, code, message_id, server_id, sent_at)
                    VALUES (1, '', 0, 0, 0, 0, 0, 0)
                    """)
        }
        try await withServer(
            in: folder,
            configure: {
                $0.now = { now }
                $0.upkeepInterval = .milliseconds(1)
            }
        ) { _ in
            while try await count("sends", database) > 0 {}
            #expect(try await count("messages", database) == messages)
            #expect(try await count("devices", database) == devices)
        }
    }

    private func count(_ table: String, _ database: DurableDatabase) async throws -> Int {
        try await database.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM \(table)") ?? 0 }
    }
}
