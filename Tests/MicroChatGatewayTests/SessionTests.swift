import BotKit
import Logging
import MicroChatWire
import Synchronization
import Testing

@testable import MicroChatGateway

private let online = GatewayNotice.online(Identity(id: "wxid_bot", name: "Bot"))

@Suite(.timeLimit(.minutes(5)))
struct `A login that fails` {
    private func notices(
        after answer: LoginAnswer, memory: TestMemory = TestMemory()
    ) async throws -> [GatewayNotice] {
        let server = try ScriptedServer { server, frame in
            server.answer(frame, answer).map { .frames([$0]) } ?? .hangUp
        }
        defer { server.close() }
        return try await MicroChatGatewayTests.notices(of: server.account(), memory: memory) { seen in
            seen.count == 3
        }
    }

    @Test(arguments: [
        (-3, "", "wrong account or password: correct them and start again (No.)"),
        (-4, "", "there is no such account: correct its name and start again (No.)"),
        (
            -106, "https://example.com/approve",
            "approve this login at https://example.com/approve and start again (No.)"
        ),
        (-106, "", "approve this login at the server's page and start again (No.)"),
        (-7, "", "the server refused the login with code -7 (No.)"),
    ])
    func `for good tells the owner what to do`(code: Int32, url: String, reason: String) async throws {
        let notices = try await notices(
            after: LoginAnswer(
                code: ResultCode(rawValue: code), notice: ErrorNotice(content: "No.", url: url)))
        #expect(notices == [.paused(reason: reason)])
    }

    @Test func `for a text-message check keeps the ticket`() async throws {
        let memory = TestMemory()
        let notices = try await notices(
            after: LoginAnswer(code: .textMessageCheck, ticket: [1, 2, 3]), memory: memory)
        #expect(
            notices == [
                .paused(
                    reason:
                        "the server wants a code that it sends by text message: stop the bot and use `conure login`"
                )
            ])
        #expect(try await memory.load("sms-ticket") == [1, 2, 3])
    }

    @Test func `because of another login is no fight`() async throws {
        let notices = try await notices(after: LoginAnswer(code: .loggedInElsewhere))
        #expect(
            notices == [
                .kicked(reason: "somebody else logged in to the account"),
                .paused(reason: LongLink.elsewhere),
            ])
    }

    @Test func `for a moment is repeated`() async throws {
        let notices = try await notices(after: LoginAnswer(code: .systemError))
        #expect(notices == Array(repeating: .offline(reason: "the server could not log in"), count: 3))
    }
}

@Suite(.timeLimit(.minutes(5)))
struct `A session` {
    /// A server that logs in to one session after the other, and does something else about attempts to resume.
    private func server(
        _ sessions: [Session],
        resume: @escaping @Sendable (ScriptedServer, Frame) -> ScriptedServer.Reply
    ) throws -> ScriptedServer {
        let rest = Mutex(sessions[...])
        return try ScriptedServer { server, frame in
            if frame.command == Resumption.command { return resume(server, frame) }
            guard let next = rest.withLock({ $0.popFirst() }) else { return .hangUp }
            return server.welcome(frame, to: next)
        }
    }

    /// A memory as a process leaves it that has logged in.
    private func memory(of session: Session, account: MicroChatAccount) async -> TestMemory {
        let memory = TestMemory()
        await SessionMemory(account: account, memory: memory, logger: .init(label: "test")).save(
            .init(session: session, name: "Bot", generation: 1))
        return memory
    }

    @Test func `is kept for the next process, which need not log in`() async throws {
        let session = Session.test()
        let server = try server([session]) { _, frame in
            session.yes(frame).map { .frames([$0, .push()]) } ?? .hangUp
        }
        defer { server.close() }
        let account = try await server.account()
        let memory = TestMemory()
        #expect(
            try await notices(of: account, memory: memory) { $0.contains(.changed) } == [online, .changed])
        // The save may end after the notice; a process that is killed before it logs in again.
        while try await memory.load("session") == nil { await Task.yield() }
        let next = try await notices(of: account, memory: memory) { $0.contains(online) }
        #expect(next == [.changed, .changed, online] || next == [.changed, online])
        #expect(server.asked == [.manualAuth, Resumption.command])
    }

    @Test func `of another account or another server is not used`() async throws {
        let server = try server([.test(), .test()]) { _, _ in .hangUp }
        defer { server.close() }
        let account = try await server.account()
        var other = account
        other.user = "somebody"
        _ = try await notices(of: account, memory: memory(of: .test(), account: other)) {
            $0.contains(online)
        }
        other = account
        other.loginKey = try RSAPrivateKey.generate().publicKey
        _ = try await notices(of: account, memory: memory(of: .test(), account: other)) {
            $0.contains(online)
        }
        #expect(server.asked == [.manualAuth, .manualAuth])
    }

    @Test func `that the server has forgotten is renewed on the same link`() async throws {
        let (old, new) = (Session.test(), Session.test())
        let server = try server([new]) { _, frame in
            old.no(frame, .sessionGone).map { .frames([$0]) } ?? .hangUp
        }
        defer { server.close() }
        let account = try await server.account()
        let memory = await memory(of: old, account: account)
        let notices = try await notices(of: account, memory: memory) { $0.contains(online) }
        #expect(notices == [.changed, .sessionRenewed, online])
        #expect(server.asked == [Resumption.command, .manualAuth])
        let kept = SessionMemory(account: account, memory: memory, logger: .init(label: "test"))
        while await kept.load()?.session != new { await Task.yield() }
    }

    @Test(arguments: [true, false])
    func `is renewed if no notice shows that the link is bound`(isAnswered: Bool) async throws {
        let old = Session.test()
        let server = try server([.test()]) { _, frame in
            .frames(isAnswered ? [old.yes(frame)].compactMap(\.self) : [])
        }
        defer { server.close() }
        var account = try await server.account()
        account.timing.resumption = .milliseconds(200)
        let memory = await memory(of: old, account: account)
        let notices = try await notices(of: account, memory: memory) { $0.contains(online) }
        #expect(notices == [.changed, .sessionRenewed, online])
        #expect(server.asked == [Resumption.command, .manualAuth])
    }

    @Test func `that another login ended is not fought for, and the next start logs in`() async throws {
        let old = Session.test()
        let server = try server([.test()]) { _, frame in
            old.no(frame, .loggedInElsewhere).map { .frames([$0]) } ?? .hangUp
        }
        defer { server.close() }
        let account = try await server.account()
        let memory = await memory(of: old, account: account)
        let notices = try await notices(of: account, memory: memory) { _ in false }
        #expect(
            notices == [
                .changed, .kicked(reason: "somebody else logged in to the account"),
                .paused(reason: LongLink.elsewhere),
            ])
        #expect(server.asked == [Resumption.command])
        let next = try await MicroChatGatewayTests.notices(of: account, memory: memory) {
            $0.contains(online)
        }
        #expect(next == [online])
    }

    @Test func `is not trusted any more once a login that may have ended it has left`() async throws {
        let old = Session.test()
        let logins = Mutex(0)
        let server = try ScriptedServer { server, frame in
            guard frame.command == .manualAuth else {
                return old.no(frame, logins.withLock { $0 } == 0 ? .systemError : .loggedInElsewhere).map {
                    .frames([$0])
                } ?? .hangUp
            }
            // The first login takes effect, and its answer is lost.
            let count = logins.withLock { logins in
                logins += 1
                return logins
            }
            return count == 1 ? .hangUp : server.welcome(frame, to: .test())
        }
        defer { server.close() }
        let account = try await server.account()
        let memory = await memory(of: old, account: account)
        // The process dies at the worst moment: the login has left.
        _ = try await notices(of: account, memory: memory) { _ in server.asked.contains(.manualAuth) }
        #expect(try await memory.load("session") == nil)
        let next = try await notices(of: account, memory: memory) { $0.contains(online) }
        #expect(!next.contains { if case .paused = $0 { true } else { false } })
        #expect(
            server.asked.first == Resumption.command && server.asked.count { $0 == Resumption.command } == 1)
    }

    @Test func `begins with a login if what was kept is damaged`() async throws {
        let server = try server([.test()]) { _, _ in .hangUp }
        defer { server.close() }
        let memory = TestMemory(["session": Array("{}".utf8), "heartbeats": [0xFF]])
        let notices = try await notices(of: server.account(), memory: memory) { $0.contains(online) }
        #expect(notices == [online])
    }
}
