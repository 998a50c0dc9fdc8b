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

    init(_ account: MicroChatAccount, shortLink: ShortLinkClient) {
        self.account = account
        self.shortLink = shortLink
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
            throw GatewayError(error)
        }
        // Who comes too often is refused unread, by a bare header.
        if let header = try? Packet(reading: answer), header.cipher != .aes, header.status == .tooOften {
            throw .slowDown(reason: "too often")
        }
        let response: Response
        do throws(WireError) {
            response = try request.openResponse(answer)
        } catch {
            throw .unknown(reason: "the answer can't be read: \(error)")
        }
        switch response.result.result {
        case .ok: return response
        case .tooOften: throw .slowDown(reason: "too often")
        case let code: throw .refused(reason: response.result.notice?.content ?? code.refusal)
        }
    }
}
