import Foundation
import MicroChatServer
import MicroChatWire
import NIOCore
import SwiftProtobuf
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(5)))
struct `Somebody who means harm` {
    /// A clock that stands until it is moved.
    private final class Clock: Sendable {
        private let time = Atomic<UInt64>(1_000_000_000_000)
        var now: NIODeadline { .uptimeNanoseconds(time.load(ordering: .relaxed)) }
        func advance(seconds: UInt64) { time.add(seconds * 1_000_000_000, ordering: .relaxed) }
    }

    private func withClock(
        limits change: (inout AbuseLimits) -> Void = { _ in },
        _ body: (MicroChatServer, People, Clock) async throws -> Void
    ) async throws {
        let clock = Clock()
        try await withFolder { folder in
            try await withServer(
                in: folder,
                configure: {
                    $0.uptime = { clock.now }
                    change(&$0.limits)
                },
                { server in try await body(server, try await People(server), clock) })
        }
    }

    /// Logs in on a link of its own, and expects this answer.
    private func expect(
        _ code: Int32, _ server: MicroChatServer, _ name: String = "alice", password: String = "secret",
        from address: String? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let answer = try await TestClient(server, from: address).logIn(name, password: password)
        #expect(answer.code.rawValue == code, sourceLocation: sourceLocation)
    }

    // MARK: Logins

    @Test func `logs in too often: has to wait, and others do not`() async throws {
        try await withClock(limits: { $0.localLogins = .init(burst: 3, perSecond: 1) }) { server, _, clock in
            for _ in 1...3 { try await expect(-4, server, "nobody", from: "127.0.0.2") }
            try await expect(-34, server, "nobody", from: "127.0.0.2")
            try await expect(0, server)
            clock.advance(seconds: 1)
            try await expect(-4, server, "nobody", from: "127.0.0.2")
            try await expect(-34, server, "nobody", from: "127.0.0.2")
        }
    }

    @Test func `guesses a password: the right one is not looked at until the wait is over`() async throws {
        try await withClock { server, _, clock in
            for _ in 1...5 { try await expect(-3, server, password: "wrong") }
            try await expect(-34, server)
            clock.advance(seconds: 1)
            try await expect(-3, server, password: "wrong")
            clock.advance(seconds: 1)
            try await expect(-34, server)
            clock.advance(seconds: 1)
            try await expect(0, server)
            // It is forgiven.
            for _ in 1...5 { try await expect(-3, server, password: "wrong") }
            try await expect(0, server, "bob")
        }
    }

    @Test func `waits a quarter of an hour for a password at most`() async throws {
        try await withClock { server, _, clock in
            for _ in 1...30 {
                try await expect(-3, server, password: "wrong")
                clock.advance(seconds: 900)
            }
            try await expect(0, server)
        }
    }

    @Test func `guesses from elsewhere: the owner is let in where the owner always comes from`() async throws
    {
        try await withClock { server, _, _ in
            try await expect(0, server)
            for _ in 1...5 { try await expect(-3, server, password: "wrong", from: "127.0.0.2") }
            try await expect(-34, server, from: "127.0.0.2")
            try await expect(0, server)
            try await expect(-34, server, from: "127.0.0.2")
        }
    }

    @Test func `repeats a login that somebody else has made`() async throws {
        try await withClock { server, _, _ in
            let (request, agreement) = try TestClient.loginRequest("alice", password: "secret")
            let packet = try request.seal(for: RSAPublicKey(pem: server.loginKeyPEM), keyVersion: 1)
            let alice = try await TestClient(server)
            try await alice.send(Frame(command: .manualAuth, sequence: 1, body: packet))
            let first = try #require(try await alice.next(Command.manualAuth.answer))
            let login = try LoginAnswer(
                opening: first.body, clientKey: request.clientKey, agreementKey: agreement)
            let session = try #require(login.session)

            // As it was, and with what the key does not protect changed.
            var changed = try Packet(reading: packet)
            changed.versionOrStatus += 1
            changed.tail.append(7)
            changed.body[changed.body.count - 1] ^= 1
            for repetition in [packet, try changed.bytes()] {
                let thief = try await TestClient(server)
                try await thief.send(Frame(command: .manualAuth, sequence: 1, body: repetition))
                let answer = try #require(try await thief.next(Command.manualAuth.answer))
                #expect(try Packet(reading: answer.body).status == .badArgument)
                #expect(try Packet(reading: answer.body).cipher == .none)
            }
            // The session goes on.
            let call = try session.sealRequest(
                Call.newSync.type, clientVersion: 1, plaintext: Microchat_SyncRequest().plaintext())
            try await alice.send(Frame(command: .newSync, sequence: 2, body: call))
            let answer = try #require(try await alice.next(Command.newSync.answer))
            #expect(try Packet(reading: answer.body).status == .ok)
        }
    }

    @Test func `brings many logins: one of another address waits for one of them only`() async throws {
        let queue = FairQueue<String, String>(limit: 6)
        for number in 1...6 { #expect(queue.add("a\(number)", from: "a") == nil) }
        // No room: the newest of the longest queue goes.
        #expect(queue.add("b1", from: "b") == "a6")
        #expect(queue.add("a7", from: "a") == "a7")
        let (done, report) = AsyncStream.makeStream(of: String.self)
        var order: [String] = []
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await queue.work { report.yield($0) } }
            for await job in done {
                order.append(job)
                if order.count == 6 { break }
            }
            group.cancelAll()
        }
        #expect(order == ["a1", "b1", "a2", "a3", "a4", "a5"])
    }

    @Test func `comes from ever new places: what is remembered stays bounded, and what is used stays`() {
        var memory = RecentlyUsed<Int, Int>(capacity: 100)
        memory[0] = 7
        for key in 1...10_000 {
            memory[key] = key
            #expect(memory[0] == 7)
        }
        #expect(memory.count <= 200)
        #expect(memory[10_000] == 10_000 && memory[1] == nil)
        memory[0] = nil
        #expect(memory[0] == nil)
    }

    // MARK: Sessions

    @Test func `names somebody else in a request`() async throws {
        try await withClock { server, people, _ in
            let carol = try await TestClient.loggedIn(server, as: "carol")
            let command = try #require(Call.getProfile.command)
            for (uin, status) in [(people.alice.uin, -2), (people.carol.uin, 0), (0, 0)] as [(Int32, Int32)] {
                let request = Microchat_GetProfileRequest.with { $0.identity.uin = uin }
                let packet = try carol.seal(.getProfile, request)
                try await carol.send(Frame(command: command, sequence: 1, body: packet))
                let answer = try #require(try await carol.next(command.answer))
                #expect(try Packet(reading: answer.body).status.rawValue == status)
            }
        }
    }

    @Test func `guesses cookies, or uses another's: gets nothing, and does no harm`() async throws {
        try await withClock { server, people, _ in
            let alice = try await TestClient.loggedIn(server, as: "alice")
            let carol = try await TestClient.loggedIn(server, as: "carol")
            let (own, foreign) = (try #require(carol.session), try #require(alice.session))
            var attempts = [
                // A stolen cookie without its key, with either uin.
                Session(uin: foreign.uin, cookie: foreign.cookie, key: own.key, wxid: ""),
                Session(uin: own.uin, cookie: foreign.cookie, key: own.key, wxid: ""),
                Session(uin: foreign.uin, cookie: own.cookie, key: own.key, wxid: ""),
                Session(uin: foreign.uin, cookie: .zero, key: own.key, wxid: ""),
                Session(uin: foreign.uin, cookie: .empty, key: own.key, wxid: ""),
            ]
            for _ in 1...200 {
                attempts.append(Session(uin: foreign.uin, cookie: .random(), key: own.key, wxid: ""))
            }
            for (index, attempt) in attempts.enumerated() {
                let packet = try attempt.sealRequest(
                    Call.newSync.type, clientVersion: 1, plaintext: Microchat_SyncRequest().plaintext())
                try await carol.send(Frame(command: .newSync, sequence: 1, body: packet))
                let frame = try #require(try await carol.next(Command.newSync.answer))
                let answer = try Packet(reading: frame.body)
                #expect(answer.status == (index == 0 ? .badArgument : .sessionGone))
                #expect(answer.cipher == .none && answer.body.isEmpty)
            }
            _ = try await alice.newSync()
            _ = try await carol.newSync()
            #expect(people.carol.uin == own.uin)
        }
    }
}
