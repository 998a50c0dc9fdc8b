import Foundation
import MicroChatServer
import MicroChatWire
import NIOCore
import SwiftProtobuf
import Testing

@Suite(.timeLimit(.minutes(5)))
struct `A login by QR code` {
    @Test func `waits, is scanned, confirmed and used once`() async throws {
        try await withPeople { server, people in
            let start = try await begin(server)
            #expect(start.result.code == 0 && start.checkInterval > 0 && start.expiresIn == 300)
            #expect(start.picture.bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]))
            #expect(try await state(server, start).status == 0)
            #expect(try await server.qrLogins.pending().map(\.uuid) == [start.uuid])

            try await server.qrLogins.scan(uuid: start.uuid, by: "alice")
            let scanned = try await state(server, start)
            #expect(scanned.status == 1 && scanned.nickName == "Alice" && scanned.passwordToken.isEmpty)

            try await server.qrLogins.approve(uuid: start.uuid, for: "alice")
            let confirmed = try await state(server, start)
            #expect(confirmed.status == 2 && confirmed.userName == people.alice.wxid)
            #expect(try await server.qrLogins.pending().isEmpty)
            let client = try await TestClient(server)
            let token = confirmed.passwordToken
            #expect(
                try await client.logIn(token: "qr_nonsense", as: confirmed.userName).code == .wrongPassword)
            #expect(try await client.logIn(token: token, as: confirmed.userName).code == .ok)
            #expect(try await client.fetch().contacts.count == 1)
            #expect(try await client.logIn(token: token, as: confirmed.userName).code == .wrongPassword)
            await #expect(throws: QRLogins.Failure.unknown(start.uuid)) {
                try await server.qrLogins.approve(uuid: start.uuid, for: "alice")
            }
        }
    }

    @Test func `is good for the account that it was confirmed for`() async throws {
        try await withPeople { server, people in
            let start = try await begin(server)
            await #expect(throws: AccountError.unknownAccount("zoe")) {
                try await server.qrLogins.approve(uuid: start.uuid, for: "zoe")
            }
            try await server.qrLogins.approve(uuid: start.uuid, for: "alice")
            let token = try await state(server, start).passwordToken
            let client = try await TestClient(server)
            #expect(try await client.logIn(token: token, as: people.bob.wxid).code == .wrongPassword)
        }
    }

    @Test func `can be refused, and is over after five minutes`() async throws {
        let clock = TestClock()
        try await withFolder { folder in
            try await withServer(in: folder, configure: { $0.now = { clock.now } }) { server in
                let people = try await People(server)
                let refused = try await begin(server)
                try await server.qrLogins.refuse(uuid: refused.uuid)
                #expect(try await state(server, refused).status == 4)
                let late = try await begin(server)
                let confirmed = try await begin(server)
                clock.advance(by: 200)
                try await server.qrLogins.approve(uuid: confirmed.uuid, for: "alice")
                clock.advance(by: 200)
                #expect(try await state(server, late).status == 4)
                await #expect(throws: QRLogins.Failure.unknown(late.uuid)) {
                    try await server.qrLogins.approve(uuid: late.uuid, for: "alice")
                }
                // The token's five minutes begin with its confirmation.
                let token = try await state(server, confirmed).passwordToken
                #expect(!token.isEmpty)
                clock.advance(by: 100)
                #expect(try await state(server, confirmed).status == 4)
                let client = try await TestClient(server)
                #expect(try await client.logIn(token: token, as: people.alice.wxid).code == .wrongPassword)
                var unknown = confirmed
                unknown.uuid = "nobody's"
                #expect(try await poll(server, unknown).result.code == -48)
            }
        }
    }

    @Test func `is confirmed by another process, over a restart`() async throws {
        try await withFolder { folder in
            var start = Microchat_QrLoginStartResponse()
            try await withServer(in: folder) { server in
                _ = try await People(server)
                start = try await begin(server)
            }
            try await QRLogins(database: try folder.openDatabase()).approve(uuid: start.uuid, for: "alice")
            try await withServer(in: folder) { server in
                // Whoever confirms has the last word over what a password alone would need.
                try await server.accounts.setLoginCheck(.textMessage, of: "alice")
                let confirmed = try await state(server, start)
                let client = try await TestClient(server)
                #expect(
                    try await client.logIn(token: confirmed.passwordToken, as: confirmed.userName).code == .ok
                )
            }
        }
    }

    @Test func `works over the long link, and what is no such call is closed or refused`() async throws {
        try await withPeople { server, _ in
            let client = try await TestClient(server)
            let request = Microchat_QrLoginStartRequest.with {
                $0.clientKey = Microchat_BytesBox(SymmetricKey.random().bytes)
            }
            let packet = try request.seal(
                .getLoginQRCode, for: RSAPublicKey(pem: server.loginKeyPEM),
                keyVersion: server.loginKeyVersion, clientVersion: 1)
            let command = try #require(Call.getLoginQRCode.command)
            try await client.send(Frame(command: command, sequence: 3, body: packet))
            let frame = try #require(try await client.next(command.answer))
            let answer: Microchat_QrLoginStartResponse = try request.openResponse(frame.body)
            #expect(frame.sequence == 3 && !answer.uuid.isEmpty)

            let short = try await TestSocket(server.shortLink)
            let garbage = try Packet(
                isCompressed: true, cipher: .rsa, versionOrStatus: 1, uin: 0, cookie: .empty,
                type: Call.getLoginQRCode.type, rawLength: 10, packedLength: 10,
                body: [UInt8](repeating: 7, count: 256)
            ).bytes()
            #expect(try await short.post(ShortLink.path(of: .getLoginQRCode), garbage)?.status == 400)
        }
    }

    private func begin(_ server: MicroChatServer) async throws -> Microchat_QrLoginStartResponse {
        try await TestClient.keyed(server, .getLoginQRCode, Microchat_QrLoginStartRequest())
    }

    private func poll(
        _ server: MicroChatServer, _ start: Microchat_QrLoginStartResponse
    ) async throws -> Microchat_QrLoginPollResponse {
        let request = Microchat_QrLoginPollRequest.with { $0.uuid = start.uuid }
        return try await TestClient.keyed(server, .checkLoginQRCode, request)
    }

    private func state(
        _ server: MicroChatServer, _ start: Microchat_QrLoginStartResponse
    ) async throws -> Microchat_QrLoginState {
        let response = try await poll(server, start)
        #expect(response.result.code == 0)
        let key = try SymmetricKey(bytes: start.notifyKey.bytes)
        let state = try Microchat_QrLoginState(plaintext: key.open(response.package.data.bytes))
        #expect(state.uuid == start.uuid)
        return state
    }
}
