import DurableSQLite
import MicroChatWire
import SwiftProtobuf

// Chat rooms (MicroChat wire protocol, section 14.8). Every member gets the room anew when it changes.
extension Exchange {
    func createChatRoom(
        _ plaintext: [UInt8], from device: Device, then complete: @escaping @Sendable (Answer) -> Void
    ) {
        guard let request = try? Microchat_CreateRoomRequest(plaintext: plaintext) else {
            return complete(.refusal(.badArgument))
        }
        change(.createChatRoom, from: device, then: complete) { edit, account in
            var room = try Room(topic: request.topic.value, owner: account.uin, &edit)
            let results = try Invitation.bring(request.members, by: account, into: &room, &edit)
            guard room.members.count > 1 else { throw Refusal(.verificationNeeded) }
            try room.publish(&edit)
            var response = Microchat_CreateRoomResponse()
            response.result = Microchat_ResultHeader(.ok)
            response.topic = request.topic
            response.memberCount = UInt32(results.count)
            response.members = results
            response.room = Microchat_StringBox(room.wxid)
            response.picture = Microchat_BytesBox([])
            return response
        }
    }

    func addChatRoomMember(
        _ plaintext: [UInt8], from device: Device, then complete: @escaping @Sendable (Answer) -> Void
    ) {
        guard let request = try? Microchat_AddRoomMemberRequest(plaintext: plaintext) else {
            return complete(.refusal(.badArgument))
        }
        change(.addChatRoomMember, from: device, then: complete) { edit, account in
            var room = try Room(request.room.value, for: account.uin, edit.db)
            let before = room.members.count
            let results = try Invitation.bring(request.members, by: account, into: &room, &edit)
            if room.members.count > before { try room.publish(&edit) }
            var response = Microchat_AddRoomMemberResponse()
            response.result = Microchat_ResultHeader(.ok)
            response.memberCount = UInt32(results.count)
            response.members = results
            return response
        }
    }

    func faceToFaceRoom(
        _ plaintext: [UInt8], from device: Device, then complete: @escaping @Sendable (Answer) -> Void
    ) {
        guard let request = try? Microchat_NearbyRoomRequest(plaintext: plaintext) else {
            return complete(.refusal(.badArgument))
        }
        change(.faceToFaceRoom, from: device, then: complete) { edit, account in
            var gathering = try Gathering(request, of: account.uin, &edit)
            var response = Microchat_NearbyRoomResponse()
            response.result = Microchat_ResultHeader(.ok)
            let people = try gathering.people(edit)
            response.memberCount = UInt32(people.count)
            response.members = people.map { person in
                .with {
                    $0.wxid = person.wxid
                    $0.nickName = person.nick
                }
            }
            switch request.op {
            case 0: break
            case 1: response.room = try gathering.enter(account.uin, &edit).wxid
            default: throw Refusal(.badArgument)
            }
            return response
        }
    }

    func setRoomAnnouncement(
        _ plaintext: [UInt8], from device: Device, then complete: @escaping @Sendable (Answer) -> Void
    ) {
        guard let request = try? Microchat_RoomAnnouncementRequest(plaintext: plaintext) else {
            return complete(.refusal(.badArgument))
        }
        change(.setRoomAnnouncement, from: device, then: complete) { edit, account in
            let room = try Room(request.room, for: account.uin, edit.db)
            guard room.owner == account.uin else { throw Refusal(.ownerOnly) }
            guard request.text.utf8.count <= Room.maximumAnnouncement else { throw Refusal(.badArgument) }
            try edit.db.run(
                "UPDATE rooms SET announcement = ? WHERE id = ?", request.text, room.id)
            if !request.text.isEmpty {
                try edit.log.deliver(
                    Letter(type: .text, content: request.text),
                    from: Sender(account: account, shownBy: edit.shownBy), to: room.wxid,
                    by: .room(room.forDirectory), as: edit.log.draw(), edit.directory)
            }
            var response = Microchat_RoomAnnouncementResponse()
            response.result = Microchat_ResultHeader(.ok)
            return response
        }
    }
}
