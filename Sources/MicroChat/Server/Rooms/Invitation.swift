import FoundationEssentials
import MicroChatWire

/// What became of somebody who was to be added to a room (MicroChat wire protocol, section 14.8).
enum Invitation {
    /// The number in the answer, 0 for joined.
    private enum Status: UInt32 {
        case joined = 0
        case unknown = 1
        case blocked = 3
        case notAFriend = 4
    }

    /// Adds those who have the inviter in their list. Who is there already stays.
    static func bring(
        _ invitees: [Microchat_RoomInvitee], by inviter: Directory.Account, into room: inout Room,
        _ edit: inout Edit
    ) throws -> [Microchat_RoomMemberResult] {
        guard !invitees.isEmpty, invitees.count <= Room.maximumMembers else { throw Refusal(.badArgument) }
        var results: [Microchat_RoomMemberResult] = []
        for invitee in invitees {
            var result = Microchat_RoomMemberResult()
            let wxid = invitee.wxid.value
            if wxid.utf8.count <= SendBatch.maximumName { result.wxid = invitee.wxid }
            let account = edit.directory.account(wxid: wxid)
            let status = try status(of: account, invitedBy: inviter, room, edit)
            if let account, status == .joined {
                guard room.members.count < Room.maximumMembers || room.members.contains(account.uin) else {
                    throw Refusal(.badArgument)
                }
                try room.join(account.uin, invitedBy: inviter.uin, &edit)
                result.wxid = Microchat_StringBox(account.wxid)
                result.nickName = Microchat_StringBox(account.nick)
            }
            result.status = status.rawValue
            results.append(result)
        }
        return results
    }

    private static func status(
        of account: Directory.Account?, invitedBy inviter: Directory.Account, _ room: Room, _ edit: Edit
    ) throws -> Status {
        guard let account else { return .unknown }
        if room.members.contains(account.uin) { return .joined }
        let entry = try edit.entry(of: inviter.uin, inListOf: account.uin)
        if entry?.isBlocked == true { return .blocked }
        return entry?.isFriend == true ? .joined : .notAFriend
    }
}
