import DurableSQLite
import FoundationEssentials
import GRDB
import MicroChatWire

/// Where a message goes: to a friend, to a room that the sender is in, or nowhere.
enum Route: Sendable {
    case person(Directory.Account)
    case room(Directory.Room)
    case refused(MicroChatWire.ResultCode, name: String)

    /// The end of every room's wxid (MicroChat wire protocol, section 1).
    static let roomSuffix = "@chatroom"

    init(from sender: Directory.Account, to wxid: String, _ directory: Directory) {
        if wxid.hasSuffix(Self.roomSuffix) {
            guard let room = directory.room(wxid: wxid), room.members.contains(sender.uin) else {
                self = .refused(.notInRoom, name: wxid)
                return
            }
            self = .room(room)
            return
        }
        let recipient = directory.account(wxid: wxid)
        // A message to oneself is fine.
        let standing = recipient.flatMap {
            $0.uin == sender.uin ? .friend : directory.standing(of: sender.uin, inListOf: $0.uin)
        }
        switch (recipient, standing) {
        case (let recipient?, .friend?): self = .person(recipient)
        case (let recipient?, .blocked?): self = .refused(.blocked, name: recipient.nick)
        default: self = .refused(.verificationNeeded, name: recipient?.nick ?? wxid)
        }
    }

    var code: MicroChatWire.ResultCode {
        if case .refused(let code, _) = self { code } else { .ok }
    }

    /// How many copies there will be.
    var copies: Int {
        if case .room(let room) = self { room.members.count } else { 1 }
    }
}

/// What is delivered.
struct Letter: Sendable {
    var type: MessageType
    var content: String
    /// XML: who is mentioned (MicroChat wire protocol, section 13.1).
    var source = ""
    /// A small picture that goes with it.
    var thumbnail = Data()
}

/// Who sends.
struct Sender: Sendable {
    let account: Directory.Account
    /// The device that sends, if the account has others to see it (docs/protocol-extensions.md, "More than one device").
    var shownBy: DeviceSlot?
}

extension LogWriter {
    /// Delivers a message, or tells its sender why not.
    ///
    /// - Parameter to: the name that the sender used.
    mutating func deliver(
        _ letter: Letter, from sender: Sender, to: String, by route: Route, as id: ID, _ directory: Directory
    ) throws {
        switch route {
        case .person(let recipient):
            try append(
                letter.type, letter.content, source: letter.source, thumbnail: letter.thumbnail,
                from: sender.account.wxid, to: recipient,
                as: id)
            // What an account sends to itself all its devices get anyway.
            if recipient.uin != sender.account.uin {
                try show(letter, of: sender, to: recipient.wxid, like: id)
            }
        case .room(let room):
            try append(letter, from: sender.account, to: room, as: id, directory)
            try show(letter, of: sender, to: room.wxid, like: id)
        case .refused(.blocked, let name):
            let reason = "Your message was refused: \(name) has blocked you."
            try append(.system, reason, from: to, to: sender.account, as: id)
        case .refused(.verificationNeeded, let name):
            let reason = "\(name) has not added you as a friend. Ask to be added first."
            try append(.system, reason, from: to, to: sender.account, as: id)
        case .refused:
            break
        }
    }

    private mutating func show(_ letter: Letter, of sender: Sender, to: String, like id: ID) throws {
        guard let slot = sender.shownBy else { return }
        try append(
            letter.type, letter.content, source: letter.source, thumbnail: letter.thumbnail, sentBy: slot,
            of: sender.account, to: to,
            like: id)
    }

    /// Every other member gets a copy; all have the same server id. The content begins with the speaker (MicroChat wire
    /// protocol, section 13.1).
    private mutating func append(
        _ letter: Letter, from sender: Directory.Account, to room: Directory.Room, as id: ID,
        _ directory: Directory
    ) throws {
        try reserve(room.members.count)
        var isFirst = true
        for uin in room.members where uin != sender.uin {
            guard let member = directory.account(uin) else { continue }
            let copy = isFirst ? id : ID(position: try draw().position, serverID: id.serverID)
            isFirst = false
            try append(
                letter.type, "\(sender.wxid):\n\(letter.content)", source: letter.source,
                thumbnail: letter.thumbnail, from: room.wxid,
                to: member, as: copy)
        }
    }
}
