import MicroChatWire
import SwiftProtobuf

/// A response that opens with a result header (MicroChat wire protocol, section 9).
protocol ResultHeaded: Message, Sendable {
    var result: Microchat_ResultHeader { get }
}

extension Microchat_SendAppMessageResponse: ResultHeaded {}
extension Microchat_SendEmojiResponse: ResultHeaded {}
extension Microchat_RevokeResponse: ResultHeaded {}
extension Microchat_VerifyUserResponse: ResultHeaded {}
extension Microchat_SearchContactResponse: ResultHeaded {}
extension Microchat_GetContactResponse: ResultHeaded {}
extension Microchat_CreateRoomResponse: ResultHeaded {}
extension Microchat_AddRoomMemberResponse: ResultHeaded {}
extension Microchat_NearbyRoomResponse: ResultHeaded {}
extension Microchat_RoomAnnouncementResponse: ResultHeaded {}

extension MicroChatGateway {
    /// Makes a call of the usual shape: the request opens with who is calling, the response with a result header.
    ///
    /// - Parameter fill: sets the identity and the rest. It is given the identity and the account's own wxid.
    func ask<Request: Message, Response: ResultHeaded>(
        _ call: Call, _ request: Request.Type, answer: Response.Type,
        fill: (inout Request, Microchat_ClientIdentity, _ wxid: String) -> Void
    ) async throws(Calls.Failure) -> Response {
        let account = account
        return try await calls.make(call) { session throws(WireError) in
            var request = Request()
            fill(
                &request, account.identity(sessionKey: session.key, uin: session.uin, scene: 0), session.wxid)
            return try request.plaintext()
        } read: { plaintext throws(WireError) in
            let response = try Response(plaintext: plaintext)
            return (response.result.result, response)
        }
    }
}

extension ResultCode {
    /// The code as the reason of a dead letter.
    var refusal: String {
        switch self {
        case .verificationNeeded: "not a friend: they ask for verification"
        case .blocked: "they block this account"
        case .spam: "the server refused it as spam"
        case .unknownUser: "there is nobody of that name"
        case .notInRoom: "this account is not in the room"
        case .wrongCode: "the code is wrong"
        case .codeExpired: "the code is too old, or was tried too often"
        case .ownerOnly: "only the room's owner may"
        case .ticketMismatch, .ticketNotFound: "the request is no longer open"
        case .systemError: "the server failed"
        case .mediaTooLarge: "it is larger than this network takes"
        case .mediaRoomUsedUp: "the account has used up its room on the server"
        case .mediaGone: "the server no longer has it, or not for this account"
        default: "the server refused it with code \(rawValue)"
        }
    }
}
