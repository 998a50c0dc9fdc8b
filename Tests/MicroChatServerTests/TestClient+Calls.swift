import Foundation
import MicroChatServer
import MicroChatWire
import NIOCore
import SwiftProtobuf
import Testing

/// The calls beyond messages and sync, each as a client of the protocol makes it.
extension TestClient {
    /// Makes a call over the short link.
    func post<Response: Message>(
        _ call: Call, _ request: some Message, _: Response.Type = Response.self
    ) async throws -> Response {
        let socket = try await TestSocket(server.shortLink)
        let answer = try #require(try await socket.post(ShortLink.path(of: call), seal(call, request)))
        #expect(answer.status == 200 && answer.body.readableBytes >= 32)
        guard case .plaintext(let bytes, _) = try #require(session).openResponse(answer.body) else {
            throw CallRefused(status: try Packet(reading: answer.body).status)
        }
        return try Response(plaintext: bytes)
    }

    /// Makes a call before there is a session.
    static func keyed<Request: KeyedRequest, Response: Message>(
        _ server: MicroChatServer, _ call: Call, _ request: Request, _: Response.Type = Response.self
    ) async throws -> Response {
        var request = request
        request.clientKey = Microchat_BytesBox(SymmetricKey.random().bytes)
        let packet = try request.seal(
            call, for: RSAPublicKey(pem: server.loginKeyPEM), keyVersion: server.loginKeyVersion,
            clientVersion: ClientVersion.classic)
        let socket = try await TestSocket(server.shortLink)
        let answer = try #require(try await socket.post(ShortLink.path(of: call), packet))
        #expect(answer.status == 200)
        return try request.openResponse(answer.body)
    }

    // MARK: Friends

    func search(_ query: String) async throws -> Microchat_SearchContactResponse {
        try await call(.searchContact, Microchat_SearchContactRequest.with { $0.query.value = query })
    }

    func verify(
        _ op: UInt32, _ user: String, ticket: String = "", greeting: String = "", scene: UInt32 = 3
    ) async throws -> Microchat_VerifyUserResponse {
        let request = Microchat_VerifyUserRequest.with {
            $0.op = op
            $0.targetCount = 1
            $0.targets = [
                .with {
                    $0.user = user
                    if op < 3 { $0.antispamTicket = ticket } else { $0.verifyTicket = ticket }
                }
            ]
            $0.greeting = greeting
            $0.sceneCount = 1
            $0.scenes = [scene]
        }
        return try await call(.verifyUser, request)
    }

    func contacts(_ wxids: String...) async throws -> Microchat_GetContactResponse {
        let request = Microchat_GetContactRequest.with {
            $0.count = UInt32(wxids.count)
            $0.wxids = wxids.map { Microchat_StringBox($0) }
        }
        return try await call(.getContact, request)
    }

    // MARK: Own changes

    func operate(_ operations: (SyncItemKind, any Message)...) async throws -> [Int32] {
        let request = try Microchat_OperationRequest.with { request in
            request.operations.items = try operations.map {
                Microchat_SyncItem(kind: $0.0, payload: try $0.1.plaintext())
            }
            request.operations.count = UInt32(operations.count)
        }
        let response: Microchat_OperationResponse = try await post(.operationLog, request)
        #expect(response.code == 0)
        #expect(Int(response.results.count) == response.results.codes.count)
        return response.results.codes
    }

    // MARK: Rooms

    func createRoom(_ topic: String, with members: [String]) async throws -> Microchat_CreateRoomResponse {
        let request = Microchat_CreateRoomRequest.with {
            $0.topic.value = topic
            $0.memberCount = UInt32(members.count)
            $0.members = members.map { wxid in .with { $0.wxid.value = wxid } }
        }
        return try await call(.createChatRoom, request)
    }

    func addMembers(_ members: [String], to room: String) async throws -> Microchat_AddRoomMemberResponse {
        let request = Microchat_AddRoomMemberRequest.with {
            $0.memberCount = UInt32(members.count)
            $0.members = members.map { wxid in .with { $0.wxid.value = wxid } }
            $0.room.value = room
        }
        return try await call(.addChatRoomMember, request)
    }

    func nearby(_ op: UInt32, code: String, longitude: Float = 8, latitude: Float = 47) async throws
        -> Microchat_NearbyRoomResponse
    {
        let request = Microchat_NearbyRoomRequest.with {
            $0.op = op
            $0.code = code
            $0.longitude = longitude
            $0.latitude = latitude
            $0.precision = 1
        }
        return try await post(.faceToFaceRoom, request)
    }

    func announce(_ text: String, in room: String) async throws -> Int32 {
        let request = Microchat_RoomAnnouncementRequest.with {
            $0.room = room
            $0.text = text
        }
        let response: Microchat_RoomAnnouncementResponse = try await post(.setRoomAnnouncement, request)
        return response.result.code
    }

    // MARK: Messages

    func sendLink(_ content: String, to wxid: String, clientID: String) async throws
        -> Microchat_SendAppMessageResponse
    {
        let request = Microchat_SendAppMessageRequest.with {
            $0.message.to = wxid
            $0.message.type = 5
            $0.message.content = content
            $0.message.createTime = 1_700_000_000
            $0.message.clientID = clientID
            $0.message.source = 3
        }
        return try await call(.sendAppMessage, request)
    }

    func sendEmoji(_ items: [Microchat_OutgoingEmoji]) async throws -> Microchat_SendEmojiResponse {
        let request = Microchat_SendEmojiRequest.with {
            $0.count = UInt32(items.count)
            $0.items = items
        }
        return try await call(.sendEmoji, request)
    }

    func recall(_ serverID: Int64, to wxid: String) async throws -> Int32 {
        let request = Microchat_RevokeRequest.with {
            $0.to = wxid
            $0.serverID = serverID
        }
        let response: Microchat_RevokeResponse = try await post(.revokeMessage, request)
        return response.result.code
    }

    func setPicture(_ picture: [UInt8], room: String = "") async throws -> Microchat_SetHeadPictureResponse {
        let request = Microchat_SetHeadPictureRequest.with {
            $0.room = room
            $0.picture = Microchat_BytesBox(picture)
        }
        return try await post(.setHeadPicture, request)
    }

    /// Everything that waits, and takes it over.
    func fetch() async throws -> [Microchat_SyncItem] {
        var items: [Microchat_SyncItem] = []
        repeat {
            let page = try await newSync()
            items += page.items.items
            if page.continueFlag == 0 { return items }
        } while true
    }
}

extension [Microchat_SyncItem] {
    var removals: [String] {
        get throws {
            try filter { $0.kind == SyncItemKind.contactRemoval.rawValue }.map {
                try Microchat_ContactRemoval(plaintext: $0.payload.bytes).wxid.value
            }
        }
    }

    func room(_ wxid: String) throws -> Microchat_Contact? { try contacts.last { $0.wxid.value == wxid } }
}
