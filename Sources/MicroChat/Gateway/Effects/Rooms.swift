import BotKit
import Foundation
import MicroChatWire
import SwiftProtobuf

extension MicroChatGateway {
    /// Makes a room (MicroChat wire protocol, section 14.8). Nothing tells the server that a second call would be a
    /// repetition.
    func createRoom(_ topic: String, _ members: [PersonID]) async throws(Calls.Failure) -> Receipt {
        let response = try await ask(
            .createChatRoom, Microchat_CreateRoomRequest.self, answer: Microchat_CreateRoomResponse.self
        ) { request, identity, _ in
            request.identity = identity
            request.topic = Microchat_StringBox(topic)
            request.memberCount = UInt32(clamping: members.count)
            request.members = members.map(Microchat_RoomInvitee.init)
            request.scene = 0
        }
        return Receipt(
            answer: Answer.text(
                CreatedRoom(room: ChatID(response.room.value), refused: response.members.refused)))
    }

    /// Adds people to a room (section 14.8).
    func invite(_ people: [PersonID], to room: String) async throws(Calls.Failure) -> Receipt {
        let response = try await ask(
            .addChatRoomMember, Microchat_AddRoomMemberRequest.self,
            answer: Microchat_AddRoomMemberResponse.self
        ) { request, identity, _ in
            request.identity = identity
            request.memberCount = UInt32(clamping: people.count)
            request.members = people.map(Microchat_RoomInvitee.init)
            request.room = Microchat_StringBox(room)
            request.scene = 0
        }
        return Receipt(
            answer: Answer.text(CreatedRoom(room: ChatID(room), refused: response.members.refused)))
    }

    /// Enters the room of those nearby who say the same code (section 14.8): first like them, to wait, then to go in.
    /// Done again within a short time it leads to the same room.
    func enterRoom(_ rendezvous: Rendezvous) async throws(Calls.Failure) -> Receipt {
        var room = ""
        for step: UInt32 in [0, 1] {
            let response = try await ask(
                .faceToFaceRoom, Microchat_NearbyRoomRequest.self, answer: Microchat_NearbyRoomResponse.self
            ) { request, identity, _ in
                request.identity = identity
                request.op = step
                request.code = rendezvous.code
                request.longitude = rendezvous.longitude
                request.latitude = rendezvous.latitude
                request.precision = 1
                request.gpsSource = 0
            }
            room = response.room
        }
        return Receipt(answer: Answer.text(CreatedRoom(room: ChatID(room))))
    }

    /// Posts a notice (section 14.8).
    func announce(_ text: String, in room: String) async throws(Calls.Failure) -> Receipt {
        _ = try await ask(
            .setRoomAnnouncement, Microchat_RoomAnnouncementRequest.self,
            answer: Microchat_RoomAnnouncementResponse.self
        ) { request, identity, _ in
            request.identity = identity
            request.room = room
            request.text = text
        }
        return Receipt()
    }

    /// Gives a room another name (section 14.9, kind 27).
    func renameRoom(_ room: String, to topic: String) async throws(Calls.Failure) -> Receipt {
        var change = Microchat_RoomTopicChange()
        change.room = Microchat_StringBox(room)
        change.topic = Microchat_StringBox(topic)
        try await operate(.roomTopic, change)
        return Receipt()
    }

    /// Shows another name of one's own in a room (section 14.9, kind 48).
    func setOwnName(_ name: String, in room: String) async throws(Calls.Failure) -> Receipt {
        var change = Microchat_RoomNickNameChange()
        change.room = room
        change.wxid = sessions.current?.session.wxid ?? ""
        change.nickName = Data(name.utf8)
        try await operate(.roomNickName, change)
        return Receipt()
    }

    /// Leaves a room (section 14.9, kind 4). Who is out already has left.
    func leaveRoom(_ room: String) async throws(Calls.Failure) -> Receipt {
        var removal = Microchat_ContactRemoval()
        removal.wxid = Microchat_StringBox(room)
        do throws(Calls.Failure) {
            try await operate(.contactRemoval, removal)
        } catch {
            guard case .refused(.notInRoom) = error else { throw error }
        }
        return Receipt()
    }

    /// Reports one change of the account's own (section 14.9).
    func operate(_ kind: SyncItemKind, _ change: some SwiftProtobuf.Message) async throws(Calls.Failure) {
        let code = try await calls.make(.operationLog) { _ throws(WireError) in
            var request = Microchat_OperationRequest()
            request.operations.count = 1
            request.operations.items = [Microchat_SyncItem(kind: kind, payload: try change.plaintext())]
            return try request.plaintext()
        } read: { plaintext throws(WireError) in
            let response = try Microchat_OperationResponse(plaintext: plaintext)
            return (
                ResultCode(rawValue: response.code), ResultCode(rawValue: response.results.codes.first ?? 0)
            )
        }
        guard code == .ok else { throw .refused(code) }
    }
}

extension Microchat_RoomInvitee {
    fileprivate init(_ person: PersonID) {
        self.init()
        wxid = Microchat_StringBox(person.rawValue)
    }
}

extension [Microchat_RoomMemberResult] {
    fileprivate var refused: [PersonID] { filter { $0.status != 0 }.map { PersonID($0.wxid.value) } }
}

/// What the network answered, as the JSON of a receipt.
enum Answer {
    static func text(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
}
