import Foundation
import MicroChatServer
import MicroChatWire
import NIOCore
import SwiftProtobuf
import Testing

@Suite(.timeLimit(.minutes(5)))
struct `Sending` {
    @Test func `answers a repetition with the first result, even after a restart`() async throws {
        try await withFolder { folder in
            var first: [Microchat_SendMessageResult] = []
            var alice: AccountSummary?
            for round in 0..<2 {
                try await withServer(in: folder) { server in
                    if round == 0 { alice = try await People(server).alice }
                    let wxid = try #require(alice).wxid
                    let bob = try await TestClient.loggedIn(server, as: "bob")
                    for _ in 0..<2 {
                        let results = try await bob.sendTexts(["a", "b"], to: wxid)
                        if first.isEmpty { first = results }
                        #expect(results.map(\.serverID) == first.map(\.serverID))
                        #expect(results.map(\.messageID) == first.map(\.messageID))
                    }
                    let receiver = try await TestClient.loggedIn(server, as: "alice")
                    #expect(try await receiver.newSync().messages.map(\.content.value) == ["a", "b"])
                    #expect(Set(first.map(\.serverID)).count == 2)
                }
            }
        }
    }

    @Test func `to somebody who is no friend fails with -44 and is explained once`() async throws {
        try await withPeople { server, people in
            let carol = try await TestClient.loggedIn(server, as: "carol")
            for _ in 0..<2 {
                #expect(try await carol.sendTexts(["hi"], to: people.alice.wxid).map(\.code) == [-44])
            }
            let messages = try await carol.newSync().messages
            #expect(messages.map(\.type) == [10_000])
            #expect(messages.first?.sender.value == people.alice.wxid)
            #expect(messages.first?.content.value.contains("Alice") == true)
            let alice = try await TestClient.loggedIn(server, as: "alice")
            #expect(try await alice.newSync().messages.isEmpty)
        }
    }

    @Test func `to somebody who blocks the sender fails with -22 and is explained`() async throws {
        try await withPeople { server, people in
            let bob = try await TestClient.loggedIn(server, as: "bob")
            try await server.accounts.setBlocked(true, friend: "bob", of: "alice")
            #expect(try await bob.sendTexts(["hi"], to: people.alice.wxid).map(\.code) == [-22])
            #expect(try await bob.newSync().messages.map(\.type) == [10_000])
            try await server.accounts.setBlocked(false, friend: "bob", of: "alice")
            #expect(try await bob.sendTexts(["hi"], to: people.alice.wxid, firstID: 2).map(\.code) == [0])
        }
    }

    @Test func `judges each message of a request by itself, in order`() async throws {
        try await withPeople { server, people in
            let bob = try await TestClient.loggedIn(server, as: "bob")
            let targets: [(String, UInt32, Data, Int32)] = [
                (people.alice.wxid, 1, Data("text".utf8), 0), (people.alice.wxid, 42, Data("<msg/>".utf8), 0),
                (people.alice.wxid, 3, Data("picture".utf8), -2), (people.alice.wxid, 1, Data([0xFF]), -2),
                (people.bob.wxid, 1, Data("to myself".utf8), 0), ("wxid_nobody", 1, Data("x".utf8), -44),
                ("", 1, Data("x".utf8), -2), (people.alice.wxid, 1, Data(count: 200 << 10), -2),
            ]
            let results = try await bob.sendMessages(
                targets.enumerated().map { index, target in
                    .with {
                        $0.to = Microchat_StringBox(target.0)
                        $0.type = target.1
                        $0.content = target.2
                        $0.clientID = UInt32(index)
                    }
                })
            #expect(results.map(\.code) == targets.map(\.3))
            #expect(results.map(\.clientID) == (0..<8).map(UInt32.init))
            #expect(results.map(\.to.value) == targets.map(\.0))
            let own = try await bob.newSync().messages
            #expect(own.map(\.content.value).first == "to myself" && own.count == 2)
        }
    }

    @Test func `gives ids that no other message has`() async throws {
        try await withPeople { server, people in
            let bob = try await TestClient.loggedIn(server, as: "bob")
            let texts = (0..<50).map(String.init)
            let results = try await bob.sendTexts(texts, to: people.alice.wxid)
            let own = try await bob.sendTexts(texts, to: people.bob.wxid)
            #expect(Set((results + own).map(\.serverID)).count == 100)
            #expect(Set(results.map(\.messageID)).count == 50)
        }
    }
}
