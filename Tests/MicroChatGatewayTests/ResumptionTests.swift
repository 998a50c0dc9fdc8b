import BotKit
import Logging
import MicroChatWire
import NIOCore
import Synchronization
import Testing

@testable import MicroChatGateway

private let online = GatewayNotice.online(Identity(id: "wxid_bot", name: "Bot"))

/// A server that loses its links, on which sessions can be resumed or not.
@Suite(.timeLimit(.minutes(5)))
struct `After a lost link` {
    /// What the server does about the logins and resumptions that it is asked for, one after the other; then it is
    /// silent.
    private enum Step {
        /// Logs in, says whether it binds links, and loses the link.
        case logIn(announcing: Bool)
        /// Binds the link, and loses it.
        case bind
        /// Binds the link for good.
        case keep
        case ignore
        case hangUp
        /// Answers with something that can't be read.
        case garbage
        case no(ResultCode)
    }

    private struct Course {
        var asked: [Command]
        var notices: [GatewayNotice]
    }

    /// Lets a gateway go through all steps, and stops it once the server has been asked once more.
    ///
    /// - Parameter memory: with what an earlier process kept.
    private func course(
        on key: RSAPrivateKey? = nil,
        _ steps: [Step], memory: TestMemory = TestMemory(), kept: (Session, bindsLinks: Bool)? = nil,
        password: Bool = true, until isOver: (@Sendable ([GatewayNotice]) -> Bool)? = nil
    ) async throws -> Course {
        let session = kept?.0 ?? .test()
        let rest = Mutex(steps[...])
        let over = Mutex(false)
        let server = try ScriptedServer(key: key) { server, frame in
            guard let step = rest.withLock({ $0.popFirst() }) else {
                over.withLock { $0 = true }
                return .hangUp
            }
            switch step {
            case .logIn(let announcing):
                guard case .frames(let frames) = server.welcome(frame, to: session, bindsLinks: announcing)
                else { return .hangUp }
                return .last(frames)
            case .bind: return .last([session.yes(frame), .push()].compactMap(\.self))
            case .keep: return .frames([session.yes(frame), .push()].compactMap(\.self))
            case .ignore: return .frames([])
            case .hangUp: return .hangUp
            case .garbage: return .frames([session.damaged(frame)].compactMap(\.self))
            case .no(let code): return .frames([session.no(frame, code)].compactMap(\.self))
            }
        }
        defer { server.close() }
        var account = try await server.account()
        // Only where nothing is what comes.
        if steps.contains(where: { if case .ignore = $0 { true } else { false } }) {
            account.timing.resumption = .milliseconds(100)
        }
        if !password { account.password = nil }
        if let kept {
            await SessionMemory(account: account, memory: memory, logger: .init(label: "test")).save(
                .init(
                    session: session, name: "Bot", generation: 1,
                    binding: kept.bindsLinks ? .announced : .none))
        }
        let notices = try await notices(of: account, memory: memory) { notices in
            isOver?(notices) ?? over.withLock { $0 }
        }
        return Course(asked: server.asked, notices: notices)
    }

    private static let resume = Resumption.command ?? .push

    @Test func `a session is resumed if the login answer said that the server can`() async throws {
        let course = try await course([.logIn(announcing: true), .bind, .bind])
        #expect(course.asked.starts(with: [.manualAuth, Self.resume, Self.resume, Self.resume]))
        #expect(!course.notices.contains(.sessionRenewed))
    }

    @Test func `the gateway logs in at once if the login answer did not say so`() async throws {
        let course = try await course([
            .logIn(announcing: false), .logIn(announcing: false), .logIn(announcing: true), .bind,
        ])
        #expect(course.asked.starts(with: [.manualAuth, .manualAuth, .manualAuth, Self.resume]))
    }

    @Test func `a server that can no longer do what it announced costs one attempt`() async throws {
        for forgets in [Step.ignore, .no(.systemError)] {
            let course = try await course([
                .logIn(announcing: true), forgets, .logIn(announcing: false), .logIn(announcing: false),
            ])
            #expect(
                course.asked.starts(with: [.manualAuth, Self.resume, .manualAuth, .manualAuth, .manualAuth]))
        }
    }

    @Test func `a server that hangs up when asked to bind a link is not asked again`() async throws {
        let course = try await course([
            .logIn(announcing: true), .hangUp, .logIn(announcing: false), .logIn(announcing: false),
        ])
        #expect(course.asked.starts(with: [.manualAuth, Self.resume, .manualAuth, .manualAuth]))
    }

    @Test func `a restart tries a server once that has not said what it can`() async throws {
        for forgets in [Step.ignore, .hangUp] {
            let memory = TestMemory()
            let key = try RSAPrivateKey.generate()
            let first = try await course(
                on: key, [forgets, .logIn(announcing: false)], memory: memory, kept: (.test(), false))
            #expect(first.asked.starts(with: [Self.resume, .manualAuth, .manualAuth]))
            let next = try await course(
                on: key, [.logIn(announcing: false)], memory: memory, kept: (.test(), false))
            #expect(next.asked.starts(with: [.manualAuth, .manualAuth]))
            let announced = try await course(on: key, [.bind], memory: memory, kept: (.test(), true))
            #expect(announced.asked.starts(with: [Self.resume]))
            let elsewhere = try await course([.bind], memory: memory, kept: (.test(), false))
            #expect(elsewhere.asked.starts(with: [Self.resume]))
        }
    }

    @Test func `a restart that finds a session gone does not blame the server`() async throws {
        let memory = TestMemory()
        let key = try RSAPrivateKey.generate()
        let first = try await course(
            on: key, [.no(.sessionGone), .logIn(announcing: false)], memory: memory, kept: (.test(), false))
        #expect(first.asked.starts(with: [Self.resume, .manualAuth]))
        let next = try await course(on: key, [.bind, .bind], memory: memory, kept: (.test(), false))
        #expect(next.asked.starts(with: [Self.resume, Self.resume, Self.resume]))
    }

    @Test func `an account without a password keeps trying, and says what it needs`() async throws {
        let course = try await course(
            [.no(.systemError), .hangUp, .keep], kept: (.test(), true), password: false,
            until: { $0.contains(online) })
        #expect(course.asked == [Self.resume, Self.resume, Self.resume])
        #expect(course.notices.contains(.offline(reason: LongLink.unbound)))
    }

    @Test func `an account without a password stops once its session is gone`() async throws {
        let course = try await course(
            [.no(.sessionGone)], kept: (.test(), true), password: false, until: { _ in false })
        #expect(course.notices == [.changed, .paused(reason: LongLink.noPassword)])
        #expect(course.asked == [Self.resume])
    }

    @Test func `two unreadable answers in a row are reason to reconnect, and one is not`() async throws {
        let one = try await course(
            [.garbage, .logIn(announcing: true), .bind], kept: (.test(), true))
        #expect(one.asked.starts(with: [Self.resume, .manualAuth, Self.resume]))
        #expect(!one.notices.contains(.offline(reason: UnreadableAnswers.reason)))
        let two = try await course([.garbage, .garbage, .logIn(announcing: true)], kept: (.test(), true))
        #expect(two.asked.starts(with: [Self.resume, .manualAuth, .manualAuth]))
        #expect(two.notices.contains(.offline(reason: UnreadableAnswers.reason)))
        let logins = try await course([.garbage, .logIn(announcing: true)])
        #expect(logins.asked.starts(with: [.manualAuth, .manualAuth]))
        #expect(logins.notices.first == online)
    }
}

@Suite(.timeLimit(.minutes(5)))
struct `Answers on the short link that can't be read` {
    @Test func `end the long link if they are two in a row`() async throws {
        let session = Session.test()
        let server = try ScriptedServer { server, frame in
            frame.command == .manualAuth
                ? server.welcome(frame, to: session)
                : session.yes(frame).map { .frames([$0, .push()]) } ?? .hangUp
        }
        defer { server.close() }
        let short = try await SimpleHTTPServer(body: "garbage")
        defer { short.close() }
        var account = try await server.account()
        account.addresses.shortLinks = [HostAddress(short.endpoint)]
        let gateway = MicroChatGateway(
            account, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let (notices, notify) = AsyncStream.makeStream(of: GatewayNotice.self)
        try await withThrowingTaskGroup { group in
            group.addTask {
                do { try await gateway.run { notify.yield($0) } } catch is CancellationError {}
            }
            var calls = 0
            for await notice in notices {
                if notice == .changed, calls < 2 {
                    calls += 1
                    await #expect(throws: GatewayError.self) {
                        // A send: a pure read would be tried twice by itself.
                        try await gateway.perform([.text(number: Int64(calls))]).first?.get()
                    }
                    if calls == 1 { notify.yield(.changed) }
                }
                if case .offline(let reason) = notice {
                    #expect(reason == UnreadableAnswers.reason && calls == 2)
                    break
                }
            }
            group.cancelAll()
            try await group.waitForAll()
        }
        #expect(server.asked.first == .manualAuth)
    }
}

extension Outgoing {
    fileprivate static func text(number: Int64) -> Outgoing {
        Outgoing(
            number: number, clientID: ClientMessageID(seconds: 1, number: UInt32(clamping: number)),
            chat: "wxid_friend", effect: .send(.text("hello")))
    }
}
