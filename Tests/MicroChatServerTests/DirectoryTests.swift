import DurableSQLite
import GRDB
import Testing

@testable import MicroChatServer

struct `The directory` {
    @Test func `keeps a change that a reload under way has not seen`() async throws {
        try await withFolder { folder in
            let database = try folder.openDatabase()
            let accounts = Accounts(database: database)
            let alice = try await accounts.add(name: "alice", password: "p").uin
            let bob = try await accounts.add(name: "bob", password: "p").uin
            let directory = Directory(try await database.read { try DirectorySnapshot($0) })

            let reload = directory.beginReload()
            let before = try await database.read { try DirectorySnapshot($0) }
            let changes = try await befriend(bob, inListOf: alice, database)
            directory.apply(changes.directory, at: changes.position)
            #expect(directory.endReload(reload, with: before) { true } == true)
            #expect(directory.standing(of: bob, inListOf: alice) == .friend)
        }
    }

    @Test func `does not go back to a change that a reload has seen beyond`() async throws {
        try await withFolder { folder in
            let database = try folder.openDatabase()
            let accounts = Accounts(database: database)
            let alice = try await accounts.add(name: "alice", password: "p").uin
            let bob = try await accounts.add(name: "bob", password: "p").uin
            let directory = Directory(try await database.read { try DirectorySnapshot($0) })

            let changes = try await befriend(bob, inListOf: alice, database)
            let reload = directory.beginReload()
            try await Accounts(database: folder.openDatabase()).setBlocked(true, friend: "bob", of: "alice")
            let after = try await database.read { try DirectorySnapshot($0) }
            // The change's own news comes last, on either side of the reload's end.
            directory.apply(changes.directory, at: changes.position)
            #expect(directory.endReload(reload, with: after) { true } == true)
            #expect(directory.standing(of: bob, inListOf: alice) == .blocked)
            directory.apply(changes.directory, at: changes.position)
            #expect(directory.standing(of: bob, inListOf: alice) == .blocked)
            // One that began earlier comes too late.
            let earlier = directory.beginReload()
            let later = directory.beginReload()
            #expect(directory.endReload(later, with: after) { true } == true)
            #expect(directory.endReload(earlier, with: after) { true } == nil)
        }
    }

    @Test func `knows what an earlier version has written`() async throws {
        try await withFolder { folder in
            try folder.create()
            do {
                let old = try DurableDatabase(path: folder.database, migrations: [Schema.migrations[0]])
                try await old.write { db in
                    for (uin, name) in [(1, "alice"), (2, "bob")] {
                        try db.run(
                            """
                            INSERT INTO accounts(uin, name, wxid, v1, nick, salt, password, is_bot, created_at)
                            VALUES (?1, ?2, 'w' || ?2, 'v' || ?2, ?2, x'', x'', 0, 0)
                            """, uin, name)
                        try db.run("INSERT INTO positions(uin, contact) VALUES (?, 1)", uin)
                    }
                    try db.run("INSERT INTO contacts(owner, contact, position) VALUES (1, 2, 1)")
                }
            }
            let snapshot = try await folder.openDatabase().read { try DirectorySnapshot($0) }
            let alice = try #require(snapshot.account("name:alice"))
            #expect(alice.needsApproval && alice.loginCheck == .none && alice.mobile.isEmpty)
            #expect(snapshot.standings[.init(owner: 1, contact: 2)] == .friend)
        }
    }

    private func befriend(_ contact: Int32, inListOf owner: Int32, _ database: DurableDatabase) async throws
        -> Changes
    {
        try await database.write { db in
            var edit = Edit(db, directory: .empty, now: 0)
            try edit.put(Friendship.Entry(), of: contact, inListOf: owner)
            return edit.result
        }
    }
}
