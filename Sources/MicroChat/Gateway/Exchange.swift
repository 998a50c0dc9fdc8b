import BotKit
import MicroChatWire
import NIOCore
import Synchronization

/// What is said on one connection of the long link: heartbeats, login, notices, reports.
final class Exchange: Sendable {
    let link: LongLink
    let candidate: Candidate
    let attempt: ReconnectWaits.Attempt
    private let unreadable = UnreadableAnswers()
    private let outbound: NIOAsyncChannelOutboundWriter<Frame>
    private let clock = ContinuousClock()
    /// The network that the connection began on.
    private let network: String

    struct State {
        fileprivate var heartbeats: Heartbeats
        /// The login on its way; there is one at most.
        fileprivate var login: Login?
        /// The resumption on its way; there is one at most.
        var resumption: Resumption?
    }

    let state: Mutex<State>

    init(
        link: LongLink, candidate: Candidate, outbound: NIOAsyncChannelOutboundWriter<Frame>,
        attempt: ReconnectWaits.Attempt
    ) {
        self.link = link
        self.candidate = candidate
        self.outbound = outbound
        self.attempt = attempt
        network = Surroundings.Look(link.clock).network
        let timing = link.account.timing
        let heartbeats =
            switch timing.heartbeat {
            case .fixed(let interval):
                Heartbeats(fixed: interval, timeout: timing.heartbeatAnswer, now: clock.now)
            case .adaptive:
                Heartbeats(
                    adaptive: link.heartbeats.interval(of: network), timeout: timing.heartbeatAnswer,
                    now: clock.now)
            }
        state = Mutex(State(heartbeats: heartbeats))
    }

    /// How often to look whether the machine slept or changed its network.
    private static let watchPeriod = Duration.seconds(30)

    /// Keeps the link alive, or finds out that it is dead.
    func beat() async throws {
        var surroundings = Surroundings(.init(link.clock))
        while true {
            if surroundings.haveChanged(.init(link.clock)) {
                attempt.doubted(at: clock.now)
                state.withLock { $0.heartbeats.doubt() }
            }
            let time = link.clock.now
            let (action, adaptive) = state.withLock { state in
                (state.heartbeats.next(at: clock.now, time: time), state.heartbeats.adaptive)
            }
            if let adaptive { await link.heartbeats.learn(adaptive, of: network, now: time) }
            switch action {
            case .wait(let deadline):
                try await clock.sleep(until: min(deadline, clock.now + Self.watchPeriod))
            case .send: try await sendHeartbeat()
            case .giveUp:
                throw LongLink.End.poor(
                    reason: "network conditions are poor: two heartbeats in a row went unanswered")
            }
        }
    }

    /// Gets a session for this link, then does what it is asked to.
    func converse(_ commands: AsyncStream<LongLinkOutlet.Command>) async throws {
        if try await !resume() { try await logIn() }
        for await command in commands { try await carryOut(command) }
    }

    private func carryOut(_ command: LongLinkOutlet.Command) async throws {
        switch command {
        case .report(let key):
            let body = try Report(key: key).body()
            try await write(Frame(command: .report, sequence: link.outlet.nextSequence(), body: body))
        case .logIn:
            // Asked for while a login was on its way: that one will do.
            guard link.sessions.current == nil else { return }
            try await logIn()
        case .keepSession: await link.memory.save(link.sessions.resumable)
        case .reconnect: throw LongLink.End.lost(reason: UnreadableAnswers.reason)
        case .kicked: throw LongLink.End.kicked
        }
    }

    func receive(_ frame: Frame) async throws {
        let time = link.clock.now
        state.withLock { $0.heartbeats.received(at: clock.now, time: time) }
        switch frame.command {
        case .push:
            await takeNoticeOfResumption()
            link.notify(.changed)
        case .quit:
            guard frame.quitReason == .loggedInElsewhere else {
                throw LongLink.End.lost(reason: "the server ended the link")
            }
            guard link.sessions.kick(generation: link.sessions.current?.generation) == .theirs else {
                throw LongLink.End.lost(reason: "a login of our own ended the session")
            }
            throw LongLink.End.kicked
        case .moveToTLS: try move(frame)
        case Command.manualAuth.answer: try await takeLoginAnswer(frame)
        case Resumption.command?.answer: try takeAnswerToResumption(frame)
        default: break
        }
    }

    private func logIn() async throws {
        guard let password = link.account.password else {
            // Calls of a session that lives go on without a link.
            throw link.sessions.current == nil
                ? LongLink.End.stopped(reason: LongLink.noPassword)
                : LongLink.End.lost(reason: LongLink.unbound)
        }
        let old = link.sessions.generation
        try await sendLogin(password)
        guard let held = await link.sessions.session(after: old, within: link.account.timing.answer) else {
            throw LongLink.End.lost(reason: "no answer to the login")
        }
        await link.memory.save(held)
        await link.memory.save(ticket: nil)
    }

    private func sendLogin(_ password: PasswordDigest) async throws {
        link.sessions.loginBegins()
        // Before the login leaves: from there on the server may end the old session, and a process that dies and comes
        // back with that must not think that somebody else ended it.
        await link.memory.save(nil)
        let login = try Login(link.account, as: link.account.user, password: password)
        state.withLock { $0.login = login }
        try await write(
            Frame(command: .manualAuth, sequence: link.outlet.nextSequence(), body: login.packet))
    }

    /// An answer can't be read: the call has failed, and the link too if it is not the first in a row.
    func answerWasUnreadable() throws {
        if unreadable.wasUnreadable() { throw LongLink.End.lost(reason: UnreadableAnswers.reason) }
    }

    func answerWasReadable() { unreadable.wasReadable() }

    private func takeLoginAnswer(_ frame: Frame) async throws {
        let login = state.withLock { state in
            defer { state.login = nil }
            return state.login
        }
        guard let login else { return }
        let (outcome, network) = login.outcome(of: frame.body)
        link.sessions.loginAnswered()
        if case .unreadable(let reason) = outcome {
            guard let password = link.account.password else { throw LongLink.End.lost(reason: reason) }
            try answerWasUnreadable()
            return try await sendLogin(password)
        }
        answerWasReadable()
        if case .loggedIn = outcome { await link.route.succeeded(candidate) }
        // Whatever the code says, and before anybody connects again.
        if let network { await link.route.addresses.adopt(network, from: candidate) }
        switch outcome {
        case .loggedIn(let session, let identity, _, let bindsLinks):
            let isRenewal = link.sessions.generation > 0
            link.sessions.install(
                session, name: identity.name, binding: bindsLinks ? .announced : .none)
            attempt.succeeded()
            if isRenewal { link.notify(.sessionRenewed) }
            link.notify(.online(identity))
        case .failed(let reason), .unreadable(let reason): throw LongLink.End.lost(reason: reason)
        case .redirected: throw LongLink.End.redirected
        case .stopped(let reason): throw LongLink.End.stopped(reason: reason)
        case .textMessageCheck(let ticket, let reason):
            throw LongLink.End.textMessageCheck(ticket: ticket, reason: reason)
        case .kicked: throw LongLink.End.kicked
        }
    }

    /// The server orders to move to TLS (docs/protocol-extensions.md). An order that it has not made itself says nothing.
    private func move(_ order: Frame) throws {
        guard let session = link.sessions.current?.session,
            let pin = try? CertificatePin(order: order.body, in: session),
            link.route.connector.protection.move(to: pin)
        else { return }
        link.account.remember(pin)
        throw LongLink.End.moved
    }

    func sendHeartbeat() async throws {
        state.withLock { $0.heartbeats.sent(at: clock.now) }
        try await outbound.write(.heartbeat)
    }

    func write(_ frame: Frame) async throws {
        state.withLock { $0.heartbeats.wrote(at: clock.now) }
        try await outbound.write(frame)
    }
}
