import MicroChatServer
import MicroChatWire
import NIOCore
import SwiftProtobuf
import Testing

@Suite(.timeLimit(.minutes(5)))
struct `Logging in` {
    @Test func `works by name and by wxid and brings a notice`() async throws {
        try await withPeople { server, people in
            for name in ["alice", people.alice.wxid] {
                let client = try await TestClient(server)
                let answer = try await client.logIn(name)
                #expect(answer.code == .ok)
                let session = try #require(answer.session)
                #expect(session.uin == people.alice.uin && session.wxid == people.alice.wxid)
                #expect(session.cookie.bytes.count == 15)
                #expect(session.key.bytes.allSatisfy { (33...126).contains($0) })
                #expect(answer.account.nickName == "Alice")
                try await client.notice()
            }
            #expect(people.alice.uin == 100_001)
        }
    }

    @Test(arguments: [("alice", "wrong", -3), ("nobody", "secret", -4)] as [(String, String, Int32)])
    func `is refused with a reason`(name: String, password: String, code: Int32) async throws {
        try await withPeople { server, _ in
            let client = try await TestClient(server)
            let answer = try await client.logIn(name, password: password)
            #expect(answer.code.rawValue == code)
            #expect(answer.notice?.content.isEmpty == false)
            #expect(answer.session == nil)
            #expect(try await client.logIn("alice").code == .ok)
        }
    }

    @Test func `works at once for whom another process has just added`() async throws {
        try await withFolder { folder in
            try await withServer(in: folder, configure: { $0.outsidePollInterval = .seconds(3600) }) {
                server in
                let outside = Accounts(database: try folder.openDatabase())
                #expect(try await TestClient(server).logIn("dan").code == .unknownUser)
                for password in ["secret", "another"] {
                    try await outside.add(name: "dan", password: password)
                    let client = try await TestClient(server)
                    #expect(try await client.logIn("dan", password: password).code == .ok)
                    try await outside.remove(name: "dan")
                }
            }
        }
    }

    @Test func `elsewhere ends the older session in every form`() async throws {
        try await withPeople { server, _ in
            let older = try await TestClient.loggedIn(server, as: "alice")
            let newer = try await TestClient.loggedIn(server, as: "alice")
            let quit = try #require(try await older.next(.quit))
            #expect(quit.sequence == 0 && quit.quitReason == .loggedInElsewhere)
            while try await older.next(.push) != nil {}

            let socket = try await TestSocket(server.shortLink)
            let packet = try older.seal(.newSync, Microchat_SyncRequest())
            let answer = try #require(try await socket.post(ShortLink.path(of: .newSync), packet))
            let response = try Packet(reading: answer.body)
            #expect(response.status == .loggedInElsewhere)
            let body = try response.openBody(with: try #require(older.session).key)
            #expect(try Microchat_SyncResponse(plaintext: body).code == -100)
            _ = try await newer.newSync()
        }
    }

    @Test func `again on the same link does not close it`() async throws {
        try await withPeople { server, _ in
            let client = try await TestClient.loggedIn(server, as: "alice")
            #expect(try await client.logIn("alice").code == .ok)
            _ = try await client.newSync()
        }
    }

    @Test func `is needed: an unknown cookie or a foreign uin gets -13 in a bare header`() async throws {
        try await withPeople { server, _ in
            let client = try await TestClient.loggedIn(server, as: "alice")
            let good = try #require(client.session)
            let strangers = [
                Session(uin: good.uin, cookie: .random(), key: good.key, wxid: ""),
                Session(uin: good.uin + 1, cookie: good.cookie, key: good.key, wxid: ""),
            ]
            for stranger in strangers {
                let packet = try stranger.sealRequest(Call.newSync.type, clientVersion: 1, plaintext: [])
                try await client.send(Frame(command: .newSync, sequence: 9, body: packet))
                let frame = try #require(try await client.next(Command.newSync.answer))
                let answer = try Packet(reading: frame.body)
                #expect(answer.status == .sessionGone && answer.cipher == .none && answer.body.isEmpty)
                #expect(frame.body.readableBytes == 32)
            }
        }
    }

    @Test func `gives a session whose unreadable requests get -2 in a bare header`() async throws {
        try await withPeople { server, _ in
            let client = try await TestClient.loggedIn(server, as: "alice")
            var packet = try Packet(reading: client.seal(.newSync, Microchat_SyncRequest()))
            packet.body = [1, 2, 3]
            try await client.send(Frame(command: .newSync, sequence: 9, body: try packet.bytes()))
            let frame = try #require(try await client.next(Command.newSync.answer))
            #expect(try Packet(reading: frame.body).status == .badArgument)
            #expect(try Packet(reading: frame.body).cipher == .none)
            _ = try await client.newSync()
        }
    }

    @Test func `works over the short link too, and calls keep their connection`() async throws {
        try await withPeople { server, people in
            let (request, agreement) = try TestClient.loginRequest("alice", password: "secret")
            let packet = try request.seal(for: RSAPublicKey(pem: server.loginKeyPEM), keyVersion: 1)
            let socket = try await TestSocket(server.shortLink)
            let path = ShortLink.path(of: .manualAuth)
            let answer = try #require(
                try await socket.post(path, packet, headers: ["Connection: keep-alive"]))
            #expect(answer.status == 200)
            #expect(answer.headers["content-type"] == "application/octet-stream")
            #expect(answer.headers["content-disposition"] == "attachment; filename=\"micromsgresp.dat\"")
            let login = try LoginAnswer(
                opening: answer.body, clientKey: request.clientKey, agreementKey: agreement)
            let session = try #require(login.session)
            for headers in [["Connection: keep-alive"], ["Connection: close"]] {
                let call = try session.sealRequest(
                    Call.newSync.type, clientVersion: 1, plaintext: Microchat_SyncRequest().plaintext())
                let reply = try #require(
                    try await socket.post(ShortLink.path(of: .newSync), call, headers: headers))
                guard case .plaintext(let bytes, _) = try session.openResponse(reply.body) else {
                    Issue.record("refused")
                    return
                }
                #expect(try Microchat_SyncResponse(plaintext: bytes).items.items.contacts.count == 1)
            }
            let closed = try await socket.answer()
            #expect(closed == nil)
            #expect(people.bob.friends == ["alice"])
        }
    }
}
