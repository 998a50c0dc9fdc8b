import MicroChatServer
import MicroChatWire
import NIOCore
import SwiftProtobuf
import Testing

@Suite(.timeLimit(.minutes(5)))
struct `Syncing by kind` {
    private static let profile: UInt32 = 1
    private static let messages: UInt32 = 2
    private static let contacts: UInt32 = 4

    @Test func `brings the kinds asked for, and the key goes on for those alone`() async throws {
        try await withPeople { server, people in
            let bob = try await TestClient.loggedIn(server, as: "bob")
            let alice = try await TestClient.loggedIn(server, as: "alice")
            _ = try await bob.sendTexts(["one"], to: people.alice.wxid)
            let contacts = try await alice.newSync(selector: Self.contacts)
            #expect(contacts.items.items.map(\.kind) == [2] && contacts.continueFlag == 0)
            #expect(alice.key[2] > 0 && alice.key[1] == 0 && alice.key[5] == 0)

            let before = alice.key
            let messages = try await alice.newSync(selector: Self.messages)
            #expect(messages.items.items.map(\.kind) == [5] && messages.continueFlag == 0)
            #expect(alice.key[2] == before[2] && alice.key[1] == 0)
            #expect(alice.key[5] > 0)

            _ = try await bob.sendTexts(["two"], to: people.alice.wxid, firstID: 2)
            let known = alice.key
            #expect(
                try await alice.newSync(selector: Self.contacts | Self.profile).items.items.map(\.kind) == [1]
            )
            #expect(alice.key[5] == known[5] && alice.key[1] == 1)
            #expect(try await alice.newSync(selector: Self.messages).messages.map(\.content.value) == ["two"])
        }
    }

    @Test func `brings everything to who asks for it, or for nothing that is known`() async throws {
        try await withPeople { server, people in
            let bob = try await TestClient.loggedIn(server, as: "bob")
            _ = try await bob.sendTexts(["one"], to: people.alice.wxid)
            let alice = try await TestClient.loggedIn(server, as: "alice")
            try await alice.notice()
            for selector in [7, 262_151, 0, 0x100] as [UInt32] {
                let page = try await alice.newSync(keeping: false, selector: selector)
                #expect(page.items.items.prefix(3).map(\.kind) == [1, 2, 5])
                _ = try await bob.sendTexts(["more"], to: people.alice.wxid, firstID: 2 + selector)
                #expect(try await alice.notice() == 7)
            }
        }
    }

    @Test func `goes on, and reminds, only of kinds asked for`() async throws {
        try await withPeople { server, people in
            let bob = try await TestClient.loggedIn(server, as: "bob")
            let alice = try await TestClient.loggedIn(server, as: "alice")
            try await alice.notice()
            _ = try await alice.newSync(selector: Self.contacts)
            _ = try await bob.sendTexts((1...250).map { "\($0)" }, to: people.alice.wxid)
            #expect(try await alice.notice() == Self.messages)

            #expect(try await alice.newSync(selector: Self.contacts).continueFlag == 0)
            try await alice.report()
            #expect(try await alice.notices() == 0)

            let page = try await alice.newSync(selector: Self.messages | Self.profile)
            #expect(try page.messages.count == 199 && page.continueFlag == Self.messages)
            #expect(try await alice.notice() == Self.messages)
            try await alice.report()
            #expect(try await alice.notice() == Self.messages)
            #expect(try await alice.newSync(selector: Self.messages).messages.count == 51)
        }
    }

    @Test func `tells what changed to a device that has asked for less than everything`() async throws {
        try await withPeople { server, people in
            let alice = try await TestClient.loggedIn(server, as: "alice")
            #expect(try await alice.notice() == 7)
            _ = try await alice.newSync()
            try await server.accounts.add(name: "dave", password: "secret", friends: ["alice"])
            #expect(try await alice.notice() == 7)
            _ = try await alice.newSync(selector: Self.contacts)
            try await server.accounts.add(name: "erin", password: "secret", friends: ["alice"])
            #expect(try await alice.notice() == Self.contacts)
            #expect(people.alice.friends.isEmpty)
        }
    }
}
