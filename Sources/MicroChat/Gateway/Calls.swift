import BotKit
import MicroChatWire
import NIOCore
import Synchronization

/// Makes calls of the present session over the short link; a session that the server has forgotten is renewed and the
/// call repeated, once (MicroChat wire protocol, section 8.4).
final class Calls: Sendable {
    let account: MicroChatAccount
    let sessions: SessionKeeper
    let outlet: LongLinkOutlet
    let shortLink: ShortLinkClient
    private let unreadable = UnreadableAnswers()
    private let repeats = Mutex(RepeatGuard(now: .now))

    init(
        account: MicroChatAccount, sessions: SessionKeeper, outlet: LongLinkOutlet, shortLink: ShortLinkClient
    ) {
        self.account = account
        self.sessions = sessions
        self.outlet = outlet
        self.shortLink = shortLink
    }

    /// Why a call gave no response.
    enum Failure: Error {
        /// There is no session, and none came in time.
        case noSession(String)
        /// The server says no.
        case refused(ResultCode)
        /// Nothing reached the server.
        case notSent(String)
        /// It makes no sense to send it.
        case unsendable(String)
        /// It left; nobody knows whether it took effect.
        case noAnswer(String)
        /// The same was asked too often, so it did not leave; it may in so long.
        case repeated(Duration)
    }

    /// Makes a call.
    ///
    /// - Parameters:
    ///   - request: the plaintext, for the session that it travels in.
    ///   - result: the call's own result code in a response, which may tell of a lost session too.
    func make<Response: Sendable>(
        _ call: Call, request: (Session) throws(WireError) -> [UInt8],
        read: ([UInt8]) throws(WireError) -> (ResultCode, Response)
    ) async throws(Failure) -> Response {
        guard let held = sessions.current else { throw .noSession("not logged in") }
        let end = ContinuousClock.now + account.timing.calls.task
        do throws(Failure) {
            return try await attempt(call, in: held, until: end, request: request, read: read)
        } catch .refused(.sessionGone) {
            if sessions.lose(generation: held.generation) { outlet.ask(.logIn) }
        } catch .refused(.loggedInElsewhere) {
            switch sessions.kick(generation: held.generation) {
            case .stale: break
            case .ours: outlet.ask(.logIn)
            case .theirs:
                outlet.ask(.kicked)
                throw .noSession(LongLink.elsewhere)
            }
        }
        guard let next = await sessions.session(after: held.generation, within: account.timing.answer) else {
            throw .noSession("the server forgot the session, and no new one came in time")
        }
        return try await attempt(call, in: next, until: end, request: request, read: read)
    }

    private func attempt<Response: Sendable>(
        _ call: Call, in held: SessionKeeper.Held, until end: ContinuousClock.Instant,
        request: (Session) throws(WireError) -> [UInt8],
        read: ([UInt8]) throws(WireError) -> (ResultCode, Response)
    ) async throws(Failure) -> Response {
        let packet: ByteBuffer
        let sum: UInt32
        do throws(WireError) {
            let plaintext = try request(held.session)
            sum = adler32(plaintext)
            packet = try held.session.sealRequest(
                call.type, clientVersion: ClientVersion.classic, plaintext: plaintext)
        } catch {
            throw .notSent("the request can't be packed: \(error)")
        }
        let answer = try await answer(to: call, packet, sum: sum, until: end)
        let (code, response): (ResultCode, Response?)
        do throws(WireError) {
            switch try held.session.openResponse(answer) {
            case .refused(let status): (code, response) = (status, nil)
            case .plaintext(let plaintext, let cookie):
                if let cookie, sessions.update(cookie, generation: held.generation) {
                    outlet.ask(.keepSession)
                }
                (code, response) = try read(plaintext)
            }
        } catch {
            if held.generation == sessions.generation, unreadable.wasUnreadable() { outlet.ask(.reconnect) }
            throw .noAnswer("the answer can't be read: \(error)")
        }
        unreadable.wasReadable()
        guard let response else { throw .refused(code) }
        guard code == .ok else { throw .refused(code) }
        return response
    }

    /// What comes back for a packet: at the second try for calls that may be made twice (section 15). What must not be
    /// sent twice is the outbox's to repeat.
    private func answer(
        to call: Call, _ packet: ByteBuffer, sum: UInt32, until end: ContinuousClock.Instant
    ) async throws(Failure) -> ByteBuffer {
        do throws(Failure) {
            return try await post(call, packet, sum: sum, until: end)
        } catch {
            let pause = account.timing.calls.betweenTries
            guard call.isPureRead, error.mayPass, .now + pause < end,
                (try? await Task.sleep(for: pause)) != nil
            else { throw error }
            return try await post(call, packet, sum: sum, until: end)
        }
    }

    private func post(
        _ call: Call, _ packet: ByteBuffer, sum: UInt32, until end: ContinuousClock.Instant
    ) async throws(Failure) -> ByteBuffer {
        if let wait = repeats.withLock({ $0.count(sum, at: .now) }) { throw .repeated(wait) }
        do throws(ShortLinkClient.Failure) {
            return try await shortLink.post(call, packet, until: end)
        } catch {
            switch error {
            case .notSent(let reason):
                repeats.withLock { $0.takeBack(sum) }
                throw .notSent(reason)
            case .noAnswer(let reason): throw .noAnswer(reason)
            }
        }
    }
}

extension Calls.Failure {
    /// Whether the same request may fare better a moment later.
    fileprivate var mayPass: Bool {
        switch self {
        case .notSent, .noAnswer: true
        case .noSession, .refused, .repeated, .unsendable: false
        }
    }
}

extension Call {
    /// Whether it changes nothing at the server, however often it is made.
    fileprivate var isPureRead: Bool {
        switch self {
        case .newSync, .newInit, .getContact, .getProfile, .searchContact: true
        default: false
        }
    }
}
