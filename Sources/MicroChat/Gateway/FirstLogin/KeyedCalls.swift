import BotKit
import MicroChatWire
import NIOCore
import SwiftProtobuf

extension Microchat_QrLoginStartResponse: ResultHeaded {}
extension Microchat_QrLoginPollResponse: ResultHeaded {}
extension Microchat_BindMobileResponse: ResultHeaded {}

/// Calls before there is a session, over the short link: encrypted for the server's RSA key, answered under a key that
/// the request brings (MicroChat wire protocol, sections 14.10 and 14.11).
struct KeyedCalls: Sendable {
    private let account: MicroChatAccount
    private let shortLink: ShortLinkClient

    init(_ account: MicroChatAccount) {
        self.account = account
        shortLink = ShortLinkClient(
            endpoints: account.shortLinks, connector: Connector(timing: account.timing),
            timing: account.timing)
    }

    /// Makes a call; any result but 0 is thrown.
    func make<Request: KeyedRequest, Response: ResultHeaded>(
        _ call: Call, _: Request.Type, answer: Response.Type,
        fill: (inout Request, Microchat_ClientIdentity) -> Void
    ) async throws(GatewayError) -> Response {
        var request = Request()
        let key = SymmetricKey.random()
        request.clientKey = Microchat_BytesBox(key.bytes)
        var identity = account.identity(sessionKey: key, uin: 0, scene: 0)
        identity.clearSessionKey()
        fill(&request, identity)
        let packet: ByteBuffer
        do throws(WireError) {
            packet = try request.seal(
                call, for: account.loginKey, keyVersion: account.loginKeyVersion,
                clientVersion: ClientVersion.classic)
        } catch {
            throw .refused(reason: "the request can't be packed: \(error)")
        }
        let answer: ByteBuffer
        do throws(ShortLinkClient.Failure) {
            answer = try await shortLink.post(call, packet, until: .now + account.timing.calls.task)
        } catch {
            switch error {
            case .notSent(let reason): throw .retry(reason: reason)
            case .noAnswer(let reason): throw .unknown(reason: reason)
            }
        }
        let response: Response
        do throws(WireError) {
            response = try request.openResponse(answer)
        } catch {
            throw .unknown(reason: "the answer can't be read: \(error)")
        }
        guard response.result.result == .ok else {
            throw .refused(
                reason: response.result.notice?.content ?? response.result.result.refusal)
        }
        return response
    }
}
