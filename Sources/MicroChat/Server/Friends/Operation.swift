import FoundationEssentials
import GRDB
import MicroChatWire

/// One of the client's own changes (MicroChat wire protocol, section 14.9).
struct Operation {
    /// Longer remarks are refused; in bytes.
    static let maximumRemark = 128

    let account: Directory.Account
    let item: Microchat_SyncItem

    /// - Returns: what came of it; if it was refused, nothing has changed.
    func perform(_ edit: inout Edit) throws -> MicroChatWire.ResultCode {
        var result = MicroChatWire.ResultCode.ok
        let before = edit
        do {
            try edit.db.inSavepoint {
                try dispatch(&edit)
                return .commit
            }
        } catch let refusal as Refusal {
            edit = before
            result = refusal.code
        }
        return result
    }

    private func dispatch(_ edit: inout Edit) throws {
        let bytes = item.payload.bytes
        do {
            switch SyncItemKind(rawValue: item.kind) {
            case .contact: try change(Microchat_Contact(plaintext: bytes), &edit)
            case .contactRemoval: try remove(Microchat_ContactRemoval(plaintext: bytes).wxid.value, &edit)
            case .roomQuit: try remove(Microchat_RoomTopicChange(plaintext: bytes).room.value, &edit)
            case .roomTopic:
                let change = try Microchat_RoomTopicChange(plaintext: bytes)
                let room = try Room(change.room.value, for: account.uin, edit.db)
                try room.rename(change.topic.value, &edit)
                try room.publish(&edit)
            case .roomNickName:
                let change = try Microchat_RoomNickNameChange(plaintext: bytes)
                guard change.wxid.isEmpty || change.wxid == account.wxid,
                    let name = String(validating: change.nickName, as: UTF8.self)
                else { throw Refusal(.badArgument) }
                let room = try Room(change.room, for: account.uin, edit.db)
                try room.setDisplayName(name, of: account.uin, &edit)
                try room.publish(&edit)
            default: throw Refusal(.badArgument)
            }
        } catch is WireError {
            throw Refusal(.badArgument)
        }
    }

    /// Keeps, deletes or blocks a contact, and gives it a remark.
    private func change(_ contact: Microchat_Contact, _ edit: inout Edit) throws {
        let wxid = contact.wxid.value
        if wxid.hasSuffix(Route.roomSuffix) {
            // A room is left by other means; what else a client may say of it is its own affair.
            _ = try Room(wxid, for: account.uin, edit.db)
            return
        }
        guard let other = edit.directory.account(wxid: wxid), other.uin != account.uin else {
            throw Refusal(.unknownUser)
        }
        guard contact.remark.value.utf8.count <= Self.maximumRemark else { throw Refusal(.badArgument) }
        let isListed = contact.typeBits & ContactCards.TypeBits.listed != 0
        let old = try edit.entry(of: other.uin, inListOf: account.uin)
        // Nobody gets into a list past verification; who was there once, or has the account, may come back.
        if isListed, old == nil {
            guard try edit.entry(of: account.uin, inListOf: other.uin)?.isFriend == true else {
                throw Refusal(.verificationNeeded)
            }
        }
        var entry = old ?? Friendship.Entry()
        entry.isRemoved = !isListed
        entry.isBlocked = contact.typeBits & ContactCards.TypeBits.blocked != 0
        entry.remark = contact.remark.value
        if entry != old { try edit.put(entry, of: other.uin, inListOf: account.uin) }
    }

    /// Removes a contact, or leaves a room.
    private func remove(_ wxid: String, _ edit: inout Edit) throws {
        if wxid.hasSuffix(Route.roomSuffix) {
            var room = try Room(wxid, for: account.uin, edit.db)
            try room.leave(account.uin, &edit)
            return try room.publish(&edit)
        }
        guard let other = edit.directory.account(wxid: wxid),
            var entry = try edit.entry(of: other.uin, inListOf: account.uin)
        else { throw Refusal(.unknownUser) }
        if entry.isRemoved { return }
        entry.isRemoved = true
        try edit.put(entry, of: other.uin, inListOf: account.uin)
    }
}
