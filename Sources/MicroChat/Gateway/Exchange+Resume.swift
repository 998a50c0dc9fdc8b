import BotKit
import MicroChatWire
import NIOCore
import Synchronization

/// The attempt to bind a new link to the session that outlived the last one (docs/protocol-extensions.md).
struct Resumption: Sendable {
    enum Outcome: Sendable {
        /// The server sends this session's notices here.
        case bound
        /// The server does not know the session.
        case gone
        /// It takes a login.
        case refused
        case kicked
    }

    let held: SessionKeeper.Held
    let finish: AsyncStream<Outcome>.Continuation

    /// Any call of the session binds; this one is a pure read with a short answer.
    static let call = Call.getProfile
    static let command = call.command

    func packet(of account: MicroChatAccount) throws(WireError) -> ByteBuffer {
        var request = Microchat_GetProfileRequest()
        request.identity = account.identity(sessionKey: held.session.key, uin: held.session.uin, scene: 0)
        request.wxid = held.session.wxid
        return try held.session.sealRequest(
            Self.call.type, clientVersion: ClientVersion.classic, plaintext: request.plaintext())
    }
}

extension Exchange {
    /// Binds the link to the present session, if there is one and the server can do that as far as is known.
    ///
    /// - Returns: false if it takes a login: there is no such session, the server has forgotten it, or the server does
    ///   not bind links in this way, which shows in that no notice comes.
    func resume() async throws -> Bool {
        guard let command = Resumption.command,
            let held = link.sessions.bindable(canLogIn: link.account.password != nil)
        else { return false }
        // Beforehand: a server may well close the link for it.
        if held.binding == .untried { await link.memory.setUnbound(true) }
        let (outcomes, finish) = AsyncStream.makeStream(of: Resumption.Outcome.self)
        let resumption = Resumption(held: held, finish: finish)
        let packet = try resumption.packet(of: link.account)
        state.withLock { $0.resumption = resumption }
        defer { state.withLock { $0.resumption = nil } }
        try await write(Frame(command: command, sequence: link.outlet.nextSequence(), body: packet))
        switch await Self.first(of: outcomes, within: link.account.timing.resumption) {
        case .bound:
            attempt.succeeded()
            await link.route.succeeded(candidate)
            link.notify(.online(Identity(id: PersonID(held.session.wxid), name: held.name)))
            return true
        case .kicked where link.sessions.kick(generation: held.generation) == .theirs:
            throw LongLink.End.kicked
        case .gone:
            // That says nothing of what the server can do.
            if held.binding == .untried { await link.memory.setUnbound(false) }
            return false
        case .kicked, .refused, nil:
            try Task.checkCancellation()
            return false
        }
    }

    /// A notice came: the server knows whose link this is.
    func takeNoticeOfResumption() async {
        guard let resumption = state.withLock({ $0.resumption }) else { return }
        link.sessions.bound(generation: resumption.held.generation)
        if resumption.held.binding == .untried {
            await link.memory.save(link.sessions.resumable)
            await link.memory.setUnbound(false)
        }
        resumption.finish.yield(.bound)
    }

    /// The call that was to bind the link was answered. That it worked is not enough: only a notice shows that the link
    /// is bound.
    func takeAnswerToResumption(_ frame: Frame) throws {
        guard let resumption = state.withLock({ $0.resumption }) else { return }
        let generation = resumption.held.generation
        guard let answer = try? resumption.held.session.openResponse(frame.body) else {
            resumption.finish.yield(.refused)
            return try answerWasUnreadable()
        }
        answerWasReadable()
        switch answer {
        case .plaintext(_, let cookie):
            if let cookie, link.sessions.update(cookie, generation: generation) {
                link.outlet.ask(.keepSession)
            }
        case .refused(.sessionGone):
            _ = link.sessions.lose(generation: generation)
            resumption.finish.yield(.gone)
        case .refused(.loggedInElsewhere): resumption.finish.yield(.kicked)
        case .refused: resumption.finish.yield(.refused)
        }
    }

    private static func first(
        of outcomes: AsyncStream<Resumption.Outcome>, within limit: Duration
    ) async -> Resumption.Outcome? {
        await withTaskGroup(of: Resumption.Outcome?.self) { group in
            group.addTask {
                for await outcome in outcomes { return outcome }
                return nil
            }
            group.addTask {
                try? await Task.sleep(for: limit)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }
}
