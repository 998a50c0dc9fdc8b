import BotKit
import MicroChatWire
import NIOCore

/// Makes calls of the present session over the short link; a session that the server has forgotten is renewed and the
/// call repeated, once (MicroChat wire protocol, section 8.4).
struct Calls: Sendable {
    let account: MicroChatAccount
    let sessions: SessionKeeper
    let outlet: LongLinkOutlet
    let shortLink: ShortLinkClient

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
        do throws(Failure) {
            return try await attempt(call, in: held, request: request, read: read)
        } catch .refused(.sessionGone) {
            if sessions.lose(generation: held.generation) { outlet.ask(.logIn) }
        } catch .refused(.loggedInElsewhere) {
            if sessions.isKick(generation: held.generation) {
                outlet.ask(.stop(reason: Exchange.elsewhere))
                throw .noSession(Exchange.elsewhere)
            }
        }
        guard let next = await sessions.session(after: held.generation, within: account.timing.answer) else {
            throw .noSession("the server forgot the session, and no new one came in time")
        }
        return try await attempt(call, in: next, request: request, read: read)
    }

    private func attempt<Response: Sendable>(
        _ call: Call, in held: SessionKeeper.Held, request: (Session) throws(WireError) -> [UInt8],
        read: ([UInt8]) throws(WireError) -> (ResultCode, Response)
    ) async throws(Failure) -> Response {
        let packet: ByteBuffer
        do throws(WireError) {
            packet = try held.session.sealRequest(
                call.type, clientVersion: ClientVersion.classic, plaintext: request(held.session))
        } catch {
            throw .notSent("the request can't be packed: \(error)")
        }
        let answer: ByteBuffer
        do throws(ShortLinkClient.Failure) {
            answer = try await shortLink.post(call, packet)
        } catch {
            switch error {
            case .notSent(let reason): throw .notSent(reason)
            case .noAnswer(let reason): throw .noAnswer(reason)
            }
        }
        let (code, response): (ResultCode, Response?)
        do throws(WireError) {
            switch try held.session.openResponse(answer) {
            case .refused(let status): (code, response) = (status, nil)
            case .plaintext(let plaintext, let cookie):
                if let cookie { sessions.update(cookie, generation: held.generation) }
                (code, response) = try read(plaintext)
            }
        } catch {
            throw .noAnswer("the answer can't be read: \(error)")
        }
        guard let response else { throw .refused(code) }
        guard code == .ok else { throw .refused(code) }
        return response
    }
}
