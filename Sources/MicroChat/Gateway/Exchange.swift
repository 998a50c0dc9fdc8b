import BotKit
import MicroChatWire
import NIOCore
import Synchronization

/// What is said on one connection of the long link: heartbeats, login, notices, reports.
final class Exchange: Sendable {
    private let link: LongLink
    private let outbound: NIOAsyncChannelOutboundWriter<Frame>
    private let loggedIn: @Sendable () -> Void
    private let clock = ContinuousClock()

    private struct State {
        var heartbeats: Heartbeats
        /// The login on its way; there is one at most.
        var login: Login?
    }

    private let state: Mutex<State>

    init(
        link: LongLink, outbound: NIOAsyncChannelOutboundWriter<Frame>, heartbeats: Heartbeats,
        loggedIn: @escaping @Sendable () -> Void
    ) {
        self.link = link
        self.outbound = outbound
        self.loggedIn = loggedIn
        state = Mutex(State(heartbeats: heartbeats))
    }

    /// Keeps the link alive, or finds out that it is dead.
    func beat() async throws {
        while true {
            switch state.withLock({ $0.heartbeats.next(at: clock.now) }) {
            case .wait(let deadline): try await clock.sleep(until: deadline)
            case .send: try await sendHeartbeat()
            case .giveUp:
                throw LongLink.End.lost(
                    reason: "network conditions are poor: two heartbeats in a row went unanswered")
            }
        }
    }

    /// Logs in, then does what it is asked to.
    func converse(_ commands: AsyncStream<LongLinkOutlet.Command>) async throws {
        try await logIn()
        for await command in commands { try await carryOut(command) }
    }

    private func carryOut(_ command: LongLinkOutlet.Command) async throws {
        switch command {
        case .report(let key):
            let body = try Report(key: key).body()
            try await write(Frame(command: .report, sequence: link.outlet.nextSequence(), body: body))
        case .logIn: try await logIn()
        case .stop(let reason): throw LongLink.End.stopped(reason: reason)
        }
    }

    func receive(_ frame: Frame) throws {
        state.withLock { $0.heartbeats.received(at: clock.now) }
        switch frame.command {
        case .push: link.notify(.changed)
        case .quit:
            guard frame.quitReason == .loggedInElsewhere else {
                throw LongLink.End.lost(reason: "the server ended the link")
            }
            throw LongLink.End.stopped(reason: Self.elsewhere)
        case .moveToTLS: try move(frame)
        case Command.manualAuth.answer: try takeLoginAnswer(frame)
        default: break
        }
    }

    static let elsewhere = "logged in elsewhere"

    private func logIn() async throws {
        link.sessions.loginBegins()
        let old = link.sessions.generation
        let login = try Login(link.account)
        state.withLock { $0.login = login }
        try await write(
            Frame(command: .manualAuth, sequence: link.outlet.nextSequence(), body: login.packet))
        guard await link.sessions.session(after: old, within: link.account.timing.answer) != nil else {
            throw LongLink.End.lost(reason: "no answer to the login")
        }
    }

    private func takeLoginAnswer(_ frame: Frame) throws {
        let login = state.withLock { state in
            defer { state.login = nil }
            return state.login
        }
        switch login?.outcome(of: frame.body) {
        case .loggedIn(let session, let identity):
            link.sessions.install(session)
            loggedIn()
            link.notify(.online(identity))
        case .failed(let reason): throw LongLink.End.lost(reason: reason)
        case .stopped(let reason): throw LongLink.End.stopped(reason: reason)
        case nil: break
        }
    }

    /// The server orders to move to TLS (docs/protocol-extensions.md). An order that it has not made itself says nothing.
    private func move(_ order: Frame) throws {
        guard let session = link.sessions.current?.session,
            let pin = try? CertificatePin(order: order.body, in: session),
            link.connector.protection.move(to: pin)
        else { return }
        link.account.remember(pin)
        throw LongLink.End.moved
    }

    func sendHeartbeat() async throws {
        state.withLock { $0.heartbeats.sent(at: clock.now) }
        try await outbound.write(.heartbeat)
    }

    private func write(_ frame: Frame) async throws {
        state.withLock { $0.heartbeats.wrote(at: clock.now) }
        try await outbound.write(frame)
    }
}
