import Foundation
import MicroChatServer
import Testing

struct `Accounts on file` {
    @Test func `are added with friends on both sides, listed and removed`() async throws {
        try await withFolder { folder in
            let accounts = Accounts(database: try folder.openDatabase())
            let alice = try await accounts.add(name: "alice", password: "p")
            let bob = try await accounts.add(
                name: "bob", nick: "B", password: "p", friends: ["alice"], isBot: true)
            #expect(alice.uin == 100_001 && bob.uin == 100_002 && alice.nick == "alice")
            #expect(alice.wxid.hasPrefix("wxid_") && alice.wxid.count == 19)
            #expect(try await accounts.list().map(\.friends) == [["bob"], ["alice"]])
            try await accounts.remove(name: "alice")
            #expect(try await accounts.list().map(\.friends) == [[]])
            let again = try await accounts.add(name: "alice", password: "p")
            #expect(again.uin == 100_003)
        }
    }

    @Test func `are refused for a reason and leave nothing behind`() async throws {
        try await withFolder { folder in
            let accounts = Accounts(database: try folder.openDatabase())
            try await accounts.add(name: "alice", password: "p")
            for bad in ["", "Alice", "a b", String(repeating: "a", count: 33), "ä"] {
                await #expect(throws: AccountError.badName(bad)) {
                    try await accounts.add(name: bad, password: "p")
                }
            }
            await #expect(throws: AccountError.nameTaken("alice")) {
                try await accounts.add(name: "alice", password: "p")
            }
            await #expect(throws: AccountError.unknownFriend("zoe")) {
                try await accounts.add(name: "bob", password: "p", friends: ["alice", "zoe"])
            }
            await #expect(throws: AccountError.unknownAccount("bob")) {
                try await accounts.remove(name: "bob")
            }
            #expect(try await accounts.list().count == 1)
            #expect(try await accounts.list().first?.friends == [])
        }
    }

    @Test func `and the key are readable by their owner alone`() async throws {
        try await withFolder { folder in
            try await withServer(in: folder, makingKey: true) { _ in }
            for path in [folder.database, folder.loginKey] {
                let attributes = try FileManager.default.attributesOfItem(atPath: path)
                #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
            }
            #expect(FileManager.default.fileExists(atPath: folder.loginPublicKey))
        }
    }
}
