import SwiftProtobuf

/// What travels in a call, both ways: the table of MicroChat wire protocol, section 14.
struct CallShape: Sendable {
    let name: String
    /// Type numbers that occur in packet headers, the usual one first.
    let types: [UInt32]
    /// Commands that occur in frames, the usual one first.
    let commands: [UInt32]
    let request: any Message.Type
    let response: any Message.Type

    private init(
        _ name: String, _ types: [UInt32], _ commands: [UInt32], _ request: any Message.Type,
        _ response: any Message.Type
    ) {
        (self.name, self.types, self.commands) = (name, types, commands)
        (self.request, self.response) = (request, response)
    }

    // A login request is two sealed blocks rather than a message; its type here is never read.
    static let all = [
        CallShape(
            "manualauth", [701], [253], Microchat_LoginAccountBlock.self, Microchat_LoginResponse.self),
        CallShape("newinit", [139], [27], Microchat_InitRequest.self, Microchat_InitResponse.self),
        CallShape("newsync", [138], [121, 26], Microchat_SyncRequest.self, Microchat_SyncResponse.self),
        CallShape(
            "newsendmsg", [522], [237], Microchat_SendMessageRequest.self,
            Microchat_SendMessageResponse.self),
        CallShape(
            "sendappmsg", [222], [107], Microchat_SendAppMessageRequest.self,
            Microchat_SendAppMessageResponse.self),
        CallShape(
            "sendemoji", [175], [68], Microchat_SendEmojiRequest.self, Microchat_SendEmojiResponse.self),
        CallShape("revokemsg", [594], [], Microchat_RevokeRequest.self, Microchat_RevokeResponse.self),
        CallShape(
            "verifyuser", [30, 137], [44], Microchat_VerifyUserRequest.self,
            Microchat_VerifyUserResponse.self),
        CallShape(
            "searchcontact", [106], [34], Microchat_SearchContactRequest.self,
            Microchat_SearchContactResponse.self),
        CallShape(
            "getcontact", [182], [71], Microchat_GetContactRequest.self, Microchat_GetContactResponse.self),
        CallShape(
            "getprofile", [302], [118], Microchat_GetProfileRequest.self, Microchat_GetProfileResponse.self),
        CallShape(
            "createchatroom", [119], [37], Microchat_CreateRoomRequest.self,
            Microchat_CreateRoomResponse.self),
        CallShape(
            "addchatroommember", [120], [36], Microchat_AddRoomMemberRequest.self,
            Microchat_AddRoomMemberResponse.self),
        CallShape(
            "mmfacingcreatechatroom", [653], [], Microchat_NearbyRoomRequest.self,
            Microchat_NearbyRoomResponse.self),
        CallShape(
            "setchatroomannouncement", [993], [], Microchat_RoomAnnouncementRequest.self,
            Microchat_RoomAnnouncementResponse.self),
        CallShape("oplog", [681], [], Microchat_OperationRequest.self, Microchat_OperationResponse.self),
        CallShape(
            "bindopmobileforreg", [145], [], Microchat_BindMobileRequest.self,
            Microchat_BindMobileResponse.self),
        CallShape(
            "getloginqrcode", [502], [232], Microchat_QrLoginStartRequest.self,
            Microchat_QrLoginStartResponse.self),
        CallShape(
            "checkloginqrcode", [503], [233], Microchat_QrLoginPollRequest.self,
            Microchat_QrLoginPollResponse.self),
        CallShape("logout", [282], [], Microchat_LogoutRequest.self, Microchat_LogoutResponse.self),
    ]

    /// The call with this type number in its packet header.
    static func of(type: CallType) -> CallShape? { all.first { $0.types.contains(type.rawValue) } }

    /// The call with this command in its request's frame.
    static func of(command: Command) -> CallShape? { all.first { $0.commands.contains(command.rawValue) } }

    /// The call with this name in its path.
    static func of(name: some StringProtocol) -> CallShape? { all.first { $0.name == name } }
}
