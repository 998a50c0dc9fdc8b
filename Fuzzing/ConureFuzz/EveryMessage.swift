import MicroChatWire
import SwiftProtobuf

/// A type of message, as something to try bytes on.
struct MessageCheck: Sendable {
    let name: String
    let check: @Sendable ([UInt8]) -> Void

    init<M: Message & Equatable>(_ type: M.Type) {
        name = M.protoMessageName
        check = { bytes in
            guard let message = try? M(plaintext: bytes), let plaintext = try? message.plaintext() else {
                return
            }
            // A number that is none differs from itself, so bytes are compared, not values.
            let copy = try? M(plaintext: plaintext).plaintext()
            precondition(copy == plaintext, "\(M.protoMessageName) changes when it is written and read")
        }
    }
}

/// Every message of the protocol.
let everyMessage: [MessageCheck] = [
    MessageCheck(Microchat_AddRoomMemberRequest.self),
    MessageCheck(Microchat_AddRoomMemberResponse.self),
    MessageCheck(Microchat_AddressEntry.self),
    MessageCheck(Microchat_AddressPool.self),
    MessageCheck(Microchat_BindMobileRequest.self),
    MessageCheck(Microchat_BindMobileResponse.self),
    MessageCheck(Microchat_BytesBox.self),
    MessageCheck(Microchat_ChatMessage.self),
    MessageCheck(Microchat_ChatRoomMember.self),
    MessageCheck(Microchat_ChatRoomMembers.self),
    MessageCheck(Microchat_ClientIdentity.self),
    MessageCheck(Microchat_Contact.self),
    MessageCheck(Microchat_ContactRemoval.self),
    MessageCheck(Microchat_ContactTicket.self),
    MessageCheck(Microchat_CreateRoomRequest.self),
    MessageCheck(Microchat_CreateRoomResponse.self),
    MessageCheck(Microchat_EcdhPublicKey.self),
    MessageCheck(Microchat_GetContactRequest.self),
    MessageCheck(Microchat_GetContactResponse.self),
    MessageCheck(Microchat_GetProfileRequest.self),
    MessageCheck(Microchat_GetProfileResponse.self),
    MessageCheck(Microchat_HostRedirect.self),
    MessageCheck(Microchat_HostRedirectList.self),
    MessageCheck(Microchat_InitRequest.self),
    MessageCheck(Microchat_InitResponse.self),
    MessageCheck(Microchat_LoginAccount.self),
    MessageCheck(Microchat_LoginAccountBlock.self),
    MessageCheck(Microchat_LoginDeviceBlock.self),
    MessageCheck(Microchat_LoginExtras.self),
    MessageCheck(Microchat_LoginResponse.self),
    MessageCheck(Microchat_LoginSession.self),
    MessageCheck(Microchat_LogoutRequest.self),
    MessageCheck(Microchat_LogoutResponse.self),
    MessageCheck(Microchat_NearbyRoomMember.self),
    MessageCheck(Microchat_NearbyRoomRequest.self),
    MessageCheck(Microchat_NearbyRoomResponse.self),
    MessageCheck(Microchat_NetworkSection.self),
    MessageCheck(Microchat_OperationRequest.self),
    MessageCheck(Microchat_OperationResponse.self),
    MessageCheck(Microchat_OperationResults.self),
    MessageCheck(Microchat_OutgoingAppMessage.self),
    MessageCheck(Microchat_OutgoingEmoji.self),
    MessageCheck(Microchat_OutgoingMessage.self),
    MessageCheck(Microchat_QrLoginNotifyPackage.self),
    MessageCheck(Microchat_QrLoginPollRequest.self),
    MessageCheck(Microchat_QrLoginPollResponse.self),
    MessageCheck(Microchat_QrLoginStartRequest.self),
    MessageCheck(Microchat_QrLoginStartResponse.self),
    MessageCheck(Microchat_QrLoginState.self),
    MessageCheck(Microchat_ResultHeader.self),
    MessageCheck(Microchat_RevokeRequest.self),
    MessageCheck(Microchat_RevokeResponse.self),
    MessageCheck(Microchat_RoomAnnouncementRequest.self),
    MessageCheck(Microchat_RoomAnnouncementResponse.self),
    MessageCheck(Microchat_RoomInvitee.self),
    MessageCheck(Microchat_RoomMemberResult.self),
    MessageCheck(Microchat_RoomNickNameChange.self),
    MessageCheck(Microchat_RoomTopicChange.self),
    MessageCheck(Microchat_SearchContactRequest.self),
    MessageCheck(Microchat_SearchContactResponse.self),
    MessageCheck(Microchat_SelfProfile.self),
    MessageCheck(Microchat_SelfProfileExtra.self),
    MessageCheck(Microchat_SendAppMessageRequest.self),
    MessageCheck(Microchat_SendAppMessageResponse.self),
    MessageCheck(Microchat_SendEmojiRequest.self),
    MessageCheck(Microchat_SendEmojiResponse.self),
    MessageCheck(Microchat_SendEmojiResult.self),
    MessageCheck(Microchat_SendMessageRequest.self),
    MessageCheck(Microchat_SendMessageResponse.self),
    MessageCheck(Microchat_SendMessageResult.self),
    MessageCheck(Microchat_StringBox.self),
    MessageCheck(Microchat_SyncItem.self),
    MessageCheck(Microchat_SyncItemList.self),
    MessageCheck(Microchat_SyncKeyEntry.self),
    MessageCheck(Microchat_SyncKeyEnvelope.self),
    MessageCheck(Microchat_SyncKeyList.self),
    MessageCheck(Microchat_SyncRequest.self),
    MessageCheck(Microchat_SyncResponse.self),
    MessageCheck(Microchat_VerifyTarget.self),
    MessageCheck(Microchat_VerifyUserRequest.self),
    MessageCheck(Microchat_VerifyUserResponse.self),
]
