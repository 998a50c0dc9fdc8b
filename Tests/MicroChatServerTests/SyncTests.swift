import Foundation
import MicroChatServer
import MicroChatWire
import NIOCore
import SwiftProtobuf
import Testing

@Suite(.timeLimit(.minutes(5)))
struct `Syncing` {
    @Test func `brings the profile, contacts and messages, and a notice for each message`() async throws {
        try await withPeople { server, people in
            let alice = try await TestClient.loggedIn(server, as: "alice")
            let bob = try await TestClient.loggedIn(server, as: "bob")
            try await alice.notice()
            let first = try await alice.newSync()
            #expect(first.items.items.map(\.kind) == [1, 2])
            let contact = try #require(try first.items.items.contacts.first)
            #expect(contact.wxid.value == people.bob.wxid && contact.nickName.value == "Bob")
            #expect(contact.typeBits == 1)

            let result = try #require(try await bob.sendTexts(["hello 你好"], to: people.alice.wxid).first)
            #expect(result.code == 0 && result.serverID > 0 && result.clientID == 1)
            try await alice.notice()
            let message = try #require(try await alice.newSync().messages.first)
            #expect(message.sender.value == people.bob.wxid && message.to.value == people.alice.wxid)
            #expect(message.content.value == "hello 你好" && message.type == 1 && message.status == 3)
            #expect(message.serverID == result.serverID && message.messageID == Int64(result.messageID))
            #expect(message.createTime > 1_700_000_000)
            #expect(try await alice.newSync().items.items.isEmpty)
        }
    }

    @Test func `does not consume by fetching, does by reporting or by a newer key`() async throws {
        try await withPeople { server, people in
            let alice = try await TestClient.loggedIn(server, as: "alice")
            let bob = try await TestClient.loggedIn(server, as: "bob")
            _ = try await bob.sendTexts(["one", "two"], to: people.alice.wxid)
            for _ in 0..<3 {
                #expect(
                    try await alice.newSync(keeping: false).messages.map(\.content.value) == ["one", "two"])
            }
            _ = try await alice.newSync()
            try await alice.report()
            let newest = alice.key
            alice.key = .zero
            let again = try await alice.newSync(keeping: false)
            #expect(try again.messages.isEmpty && again.items.items.contacts.count == 1)

            _ = try await bob.sendTexts(["three"], to: people.alice.wxid, firstID: 3)
            alice.key = newest
            #expect(try await alice.newSync().messages.map(\.content.value) == ["three"])
            _ = try await alice.newSync()
            alice.key = .empty
            #expect(try await alice.newSync().messages.isEmpty)
        }
    }

    @Test func `reads a key from the future as the newest`() async throws {
        try await withPeople { server, people in
            let alice = try await TestClient.loggedIn(server, as: "alice")
            alice.key = SyncKey(entries: [1, 2, 5].map { .init(kind: $0, value: .max) })
            #expect(try await alice.newSync().items.items.isEmpty)
            let bob = try await TestClient.loggedIn(server, as: "bob")
            _ = try await bob.sendTexts(["x"], to: people.alice.wxid)
            #expect(try await alice.newSync().messages.count == 1)
        }
    }

    @Test func `comes in pages that a report asks on from`() async throws {
        try await withPeople { server, people in
            let alice = try await TestClient.loggedIn(server, as: "alice")
            let bob = try await TestClient.loggedIn(server, as: "bob")
            let texts = (1...450).map { "message \($0)" }
            _ = try await bob.sendTexts(texts, to: people.alice.wxid)
            var received: [String] = []
            var pages = 0
            repeat {
                try await alice.notice()
                let page = try await alice.newSync()
                #expect(page.items.items.count <= 200)
                received += try page.messages.map(\.content.value)
                pages += 1
                #expect((page.continueFlag != 0) == (received.count < texts.count))
                try await alice.report()
            } while received.count < texts.count
            #expect(received == texts && pages == 3)
        }
    }

    @Test func `keeps pages small in bytes`() async throws {
        try await withPeople { server, people in
            let alice = try await TestClient.loggedIn(server, as: "alice")
            let bob = try await TestClient.loggedIn(server, as: "bob")
            for index in 0..<10 {
                let noise = Randomness.bytes(48 << 10).map { String($0, radix: 16) }.joined()
                _ = try await bob.sendTexts([noise], to: people.alice.wxid, firstID: UInt32(index))
            }
            var count = 0
            repeat {
                let page = try await alice.newSync()
                #expect(page.items.items.reduce(0) { $0 + $1.payload.data.count } < 512 << 10)
                count += try page.messages.count
                if page.continueFlag == 0 { break }
            } while true
            #expect(count == 10)
        }
    }

    @Test func `for the first time pages through everything that was there, the profile first`() async throws
    {
        try await withPeople { server, people in
            let bob = try await TestClient.loggedIn(server, as: "bob")
            _ = try await bob.sendTexts((1...450).map { "message \($0)" }, to: people.alice.wxid)
            let alice = try await TestClient.loggedIn(server, as: "alice")
            var current = Data()
            var max = Data()
            var items: [Microchat_SyncItem] = []
            repeat {
                let page = try await alice.newInit(current: current, max: max)
                #expect(page.result.code == 0 && Int(page.itemCount) == page.items.count)
                if current.isEmpty {
                    #expect(page.items.first?.kind == 1)
                    _ = try await bob.sendTexts(["too late"], to: people.alice.wxid, firstID: 1000)
                }
                (current, max) = (page.currentKey, page.maxKey)
                items += page.items
                if page.continueFlag == 0 { break }
            } while true
            #expect(try items.contacts.count == 1)
            #expect(try items.messages.count == 450)
            alice.key = try SyncKey(envelope: Array(current))
            #expect(try await alice.newSync().messages.map(\.content.value) == ["too late"])
        }
    }

    @Test func `looks up friends whole, strangers by nick name, and the own profile`() async throws {
        try await withPeople { server, people in
            let alice = try await TestClient.loggedIn(server, as: "alice")
            let wxids = [people.bob.wxid, people.carol.wxid, "wxid_nobody"]
            let request = Microchat_GetContactRequest.with {
                $0.wxids = wxids.map { Microchat_StringBox($0) }
            }
            let found: Microchat_GetContactResponse = try await alice.call(.getContact, request)
            #expect(found.codes == [0, 0, -4] && found.count == 3)
            #expect(found.contacts.map(\.nickName.value) == ["Bob", "Carol", ""])
            #expect(found.contacts.map(\.alias) == ["bob", "", ""])
            let own: Microchat_GetProfileResponse = try await alice.call(
                .getProfile, Microchat_GetProfileRequest())
            #expect(own.profile.wxid.value == people.alice.wxid && own.profile.alias == "alice")
        }
    }

    @Test func `tells at once of an account that another process adds or removes`() async throws {
        try await withFolder { folder in
            try await withServer(in: folder) { server in
                let people = try await People(server)
                let alice = try await TestClient.loggedIn(server, as: "alice")
                _ = try await alice.newSync()
                try await alice.report()
                try await alice.notice()

                let outside = Accounts(database: try folder.openDatabase())
                let dave = try await outside.add(name: "dave", password: "secret", friends: ["alice"])
                try await alice.notice()
                #expect(try await alice.newSync().items.items.contacts.map(\.wxid.value) == [dave.wxid])
                let client = try await TestClient.loggedIn(server, as: "dave")
                #expect(try await client.sendTexts(["hi"], to: people.alice.wxid).map(\.code) == [0])
                #expect(try await alice.newSync().messages.count == 1)

                try await outside.remove(name: "dave")
                #expect(try await client.next(.quit)?.quitReason == .sessionGone)
                alice.key = SyncKey(
                    entries: alice.key.entries.map {
                        .init(kind: $0.kind, value: $0.kind == 2 ? 1 : $0.value)
                    })
                while true {
                    let items = try await alice.newSync().items.items
                    if items.contains(where: { $0.kind == SyncItemKind.contactRemoval.rawValue }) { break }
                    try await alice.notice()
                }
                #expect(try await outside.list().map(\.name) == ["alice", "bob", "carol"])
            }
        }
    }
}
