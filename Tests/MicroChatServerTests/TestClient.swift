import Foundation
import MicroChatServer
import MicroChatWire
import NIOCore
import SwiftProtobuf
import Testing

/// A client of the protocol that does what a test tells it, and nothing by itself.
final class TestClient {
    let server: MicroChatServer
    let link: TestSocket
    var session: Session?
    var key = SyncKey.empty
    private var numbers = SequenceNumbers()
    private var unread: [Frame] = []

    /// Connects the long link.
    init(_ server: MicroChatServer, from source: String? = nil) async throws {
        self.server = server
        link = try await TestSocket(server.longLink, from: source)
    }

    /// Connects and logs in.
    static func loggedIn(
        _ server: MicroChatServer, as name: String, password: String = "secret", on device: String = ""
    ) async throws -> TestClient {
        let client = try await TestClient(server)
        try #require(try await client.logIn(name, password: password, on: device).code == .ok)
        return client
    }

    func send(_ frame: Frame) async throws {
        var bytes = ByteBuffer()
        try FrameEncoder().encode(data: frame, out: &bytes)
        try await link.write(bytes)
    }

    /// The next frame with this command, leaving others for later; nil if the server closes.
    func next(_ command: Command) async throws -> Frame? {
        if let found = unread.firstIndex(where: { $0.command == command }) { return unread.remove(at: found) }
        while true {
            let decoder = FrameDecoder()
            guard let frame = try await link.read({ try decoder.decode(buffer: &$0) }) else { return nil }
            if frame.command == command { return frame }
            unread.append(frame)
        }
    }

    /// Waits for one push notice; returns what it says.
    @discardableResult
    func notice() async throws -> UInt32? {
        let frame = try #require(try await next(.push))
        return frame.body.getInteger(at: frame.body.readerIndex)
    }

    /// Whether a frame with this command came before those that were asked for.
    func hasUnread(_ command: Command) -> Bool { unread.contains { $0.command == command } }

    /// The notices that have come, once everything said so far is answered.
    func notices() async throws -> Int {
        try await send(Frame(command: .heartbeat, sequence: numbers.next()))
        _ = try #require(try await next(Command.heartbeat.answer))
        defer { unread.removeAll { $0.command == .push } }
        return unread.count { $0.command == .push }
    }

    func logIn(
        _ name: String, password: String = "secret", on device: String = ""
    ) async throws -> LoginAnswer {
        let (request, agreement) = try Self.loginRequest(name, password: password, device: device)
        return try await logIn(request, agreement)
    }

    /// Logs in with what a confirmed QR code gave.
    func logIn(token: String, as name: String) async throws -> LoginAnswer {
        var (request, agreement) = try Self.loginRequest(name, password: "")
        request.password = PasswordDigest(hex: token)
        return try await logIn(request, agreement)
    }

    private func logIn(_ request: LoginRequest, _ agreement: AgreementKey) async throws -> LoginAnswer {
        let key = try RSAPublicKey(pem: server.loginKeyPEM)
        let packet = try request.seal(for: key, keyVersion: server.loginKeyVersion)
        try await send(Frame(command: .manualAuth, sequence: numbers.next(), body: packet))
        let frame = try #require(try await next(Command.manualAuth.answer))
        let answer = try LoginAnswer(
            opening: frame.body, clientKey: request.clientKey, agreementKey: agreement)
        session = answer.session
        return answer
    }

    static func loginRequest(
        _ name: String, password: String, device: String = ""
    ) throws -> (LoginRequest, AgreementKey) {
        let agreement = try AgreementKey()
        let request = LoginRequest(
            userName: name, password: try PasswordDigest(password: password), clientKey: .random(),
            publicKey: agreement.publicKey,
            device: .with { $0.identity.deviceType = Data(device.utf8) },
            clientVersion: ClientVersion.classic)
        return (request, agreement)
    }

    /// Makes a call over the long link.
    func call<Response: Message>(
        _ call: Call, _ request: some Message, _: Response.Type = Response.self
    ) async throws -> Response {
        let packet = try seal(call, request)
        let sequence = numbers.next()
        let command = try #require(call.command)
        try await send(Frame(command: command, sequence: sequence, body: packet))
        let frame = try #require(try await next(command.answer))
        #expect(frame.sequence == sequence)
        #expect(frame.body.readableBytes >= 32)
        guard case .plaintext(let bytes, _) = try #require(session).openResponse(frame.body) else {
            throw CallRefused(status: try Packet(reading: frame.body).status)
        }
        return try Response(plaintext: bytes)
    }

    func seal(_ call: Call, _ request: some Message) throws -> ByteBuffer {
        try #require(session).sealRequest(
            call.type, clientVersion: ClientVersion.classic, plaintext: request.plaintext())
    }

    func newInit(current: Data = Data(), max: Data = Data()) async throws -> Microchat_InitResponse {
        let request = Microchat_InitRequest.with {
            $0.currentKey = current
            $0.maxKey = max
        }
        return try await call(.newInit, request)
    }

    /// Fetches what the client's key does not cover, and takes over the new key only if told to.
    func newSync(keeping: Bool = true, selector: UInt32 = 7) async throws -> Microchat_SyncResponse {
        let request = try Microchat_SyncRequest.with {
            $0.operations.count = 0
            $0.selector = selector
            $0.syncKey = Data(try key.envelope())
        }
        let response: Microchat_SyncResponse = try await call(.newSync, request)
        #expect(response.code == 0)
        #expect(Int(response.items.count) == response.items.items.count)
        if keeping { key = try SyncKey(envelope: Array(response.syncKey)) }
        return response
    }

    func report() async throws {
        try await send(Frame(command: .report, sequence: numbers.next(), body: try Report(key: key).body()))
    }

    func sendTexts(
        _ texts: [String], to wxid: String, firstID: UInt32 = 1, type: UInt32 = 1
    ) async throws -> [Microchat_SendMessageResult] {
        try await sendMessages(
            texts.enumerated().map { index, text in
                .with {
                    $0.to = Microchat_StringBox(wxid)
                    $0.content = Data(text.utf8)
                    $0.type = type
                    $0.createTime = 1_700_000_000
                    $0.clientID = firstID + UInt32(index)
                }
            })
    }

    func sendMessages(_ messages: [Microchat_OutgoingMessage]) async throws -> [Microchat_SendMessageResult] {
        let request = Microchat_SendMessageRequest.with {
            $0.count = UInt32(messages.count)
            $0.messages = messages
        }
        let response: Microchat_SendMessageResponse = try await call(.newSendMessage, request)
        #expect(response.result.code == 0 && response.count == response.results.count)
        return response.results
    }
}

/// The server answered with a header that says no.
struct CallRefused: Error, Equatable {
    var status: ResultCode
}

extension Microchat_SyncResponse {
    var messages: [Microchat_ChatMessage] { get throws { try items.items.messages } }
}

extension [Microchat_SyncItem] {
    var messages: [Microchat_ChatMessage] {
        get throws {
            try filter { $0.kind == SyncItemKind.message.rawValue }.map {
                try Microchat_ChatMessage(plaintext: $0.payload.bytes)
            }
        }
    }

    var contacts: [Microchat_Contact] {
        get throws {
            try filter { $0.kind == SyncItemKind.contact.rawValue }.map {
                try Microchat_Contact(plaintext: $0.payload.bytes)
            }
        }
    }
}
