import Foundation
import MicroChatServer
import MicroChatWire
import NIOCore
import SwiftProtobuf
import Testing

@Suite(.timeLimit(.minutes(5)))
struct `A session that outlives its link` {
    /// Another link of the same client, to which the server owes nothing yet.
    private func newLink(of client: TestClient) async throws -> TestClient {
        let next = try await TestClient(client.server)
        next.session = client.session
        return next
    }

    @Test func `is bound to a new link by any of its calls, and gets its notices there`() async throws {
        try await withPeople { server, people in
            let alice = try await TestClient.loggedIn(server, as: "alice")
            let bob = try await TestClient.loggedIn(server, as: "bob")
            try await alice.notice()
            await alice.link.close()
            let next = try await newLink(of: alice)
            let request = Microchat_GetProfileRequest.with { $0.wxid = people.alice.wxid }
            let profile: Microchat_GetProfileResponse = try await next.call(.getProfile, request)
            #expect(profile.result.code == 0)
            try await next.notice()
            _ = try await next.newSync()
            _ = try await bob.sendTexts(["hello"], to: people.alice.wxid)
            try await next.notice()
            #expect(try await next.newSync().messages.map(\.content.value) == ["hello"])
        }
    }

    @Test func `takes the notices from the old link, which is closed without a word`() async throws {
        try await withPeople { server, _ in
            let alice = try await TestClient.loggedIn(server, as: "alice")
            try await alice.notice()
            let next = try await newLink(of: alice)
            _ = try await next.newSync()
            try await next.notice()
            #expect(try await alice.next(.quit) == nil)
            // The old link's end has taken nothing away.
            let bob = try await TestClient.loggedIn(server, as: "bob")
            _ = try await bob.sendTexts(["x"], to: try #require(alice.session).wxid)
            try await next.notice()
        }
    }

    @Test func `is not bound by what the server refuses, or by its own end`() async throws {
        try await withPeople { server, _ in
            let alice = try await TestClient.loggedIn(server, as: "alice")
            let session = try #require(alice.session)
            let next = try await newLink(of: alice)
            next.session = Session(
                uin: session.uin, cookie: session.cookie, key: .random(), wxid: session.wxid)
            await #expect(throws: CallRefused(status: .badArgument)) { try await next.newSync() }
            next.session = Session(
                uin: session.uin, cookie: .random(), key: session.key, wxid: session.wxid)
            await #expect(throws: CallRefused(status: .sessionGone)) { try await next.newSync() }
            next.session = session
            let logout = try next.seal(.logout, Microchat_LogoutRequest())
            let socket = try await TestSocket(server.shortLink)
            #expect(try await socket.post(ShortLink.path(of: .logout), logout)?.status == 200)
            await #expect(throws: CallRefused(status: .sessionGone)) { try await next.newSync() }
            try await next.send(.heartbeat)
            _ = try #require(try await next.next(Command.heartbeat.answer))
            #expect(next.hasUnread(.push) == false)
        }
    }

    @Test func `that was ended by another login is told so on a new link`() async throws {
        try await withPeople { server, _ in
            let alice = try await TestClient.loggedIn(server, as: "alice")
            await alice.link.close()
            _ = try await TestClient.loggedIn(server, as: "alice")
            let next = try await newLink(of: alice)
            await #expect(throws: CallRefused(status: .loggedInElsewhere)) { try await next.newSync() }
            try await next.send(.heartbeat)
            _ = try #require(try await next.next(Command.heartbeat.answer))
            #expect(next.hasUnread(.push) == false)
        }
    }
}
