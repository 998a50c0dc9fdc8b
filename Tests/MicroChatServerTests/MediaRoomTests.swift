import MicroChatServer
import MicroChatWire
import Testing

@Suite(.timeLimit(.minutes(5)))
struct `Files in rooms` {
    @Test func `reach every member, and can be fetched by members alone`() async throws {
        try await withPeople { server, people in
            let alice = try await TestClient.loggedIn(server, as: "alice")
            let bob = try await TestClient.loggedIn(server, as: "bob")
            let carol = try await TestClient.loggedIn(server, as: "carol")
            let room = try await alice.createRoom("Lunch", with: [people.bob.wxid]).room.value
            let whole = [UInt8](repeating: 7, count: 1000)
            let upload = try MediaToSend(whole, to: room)
            let sent = try await bob.upload(upload)
            #expect(sent.serverID != 0)
            let message = try #require(try await alice.newSync().messages.last)
            #expect(message.serverID == sent.serverID && message.sender.value == room)
            #expect(message.content.value.hasPrefix("\(people.bob.wxid):\n<msg><appmsg "))
            for member in [alice, bob] { #expect(try await member.fetch(upload.digest) == whole) }
            #expect(try await carol.download(upload.digest, at: 0, 10).result.result == .mediaGone)
            #expect(try await carol.call(upload, 0..<1000).result.result == .notInRoom)
            #expect(try await carol.download(upload.digest, at: 0, 10).result.result == .mediaGone)
        }
    }
}
