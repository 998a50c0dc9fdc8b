import Foundation
import MicroChatWire
import NIOCore
import NIOPosix

/// Somebody on the server whose session, with its cookie and key, is in the test's hands. Speaks the long link frame by
/// frame, and the short link in plain HTTP.
struct WireClient {
    typealias Inbound = NIOAsyncChannelInboundStream<Frame>.AsyncIterator
    typealias Outbound = NIOAsyncChannelOutboundWriter<ByteBuffer>

    private let endpoints: Endpoints
    private let outbound: Outbound
    private var inbound: Inbound
    private var numbers = SequenceNumbers()
    private(set) var session: Session

    /// Logs in on a new long link, and stays there until `body` ends.
    static func run(
        as name: String, password: String, at endpoints: Endpoints,
        _ body: (inout WireClient) async throws -> Void
    ) async throws {
        let channel = try await connect(to: endpoints.longLink) { channel in
            try channel.pipeline.syncOperations.addHandler(ByteToMessageHandler(FrameDecoder()))
            return try NIOAsyncChannel<Frame, ByteBuffer>(wrappingChannelSynchronously: channel)
        }
        try await channel.executeThenClose { inbound, outbound in
            var client = try await WireClient(
                as: name, password: password, at: endpoints, inbound.makeAsyncIterator(), outbound)
            try await body(&client)
        }
    }

    private init(
        as name: String, password: String, at endpoints: Endpoints, _ inbound: Inbound, _ outbound: Outbound
    ) async throws {
        guard let path = endpoints.loginKey else { throw Self.failure("the server does not say its key") }
        self.endpoints = endpoints
        self.outbound = outbound
        self.inbound = inbound
        let clientKey = SymmetricKey.random()
        let agreementKey = try AgreementKey()
        session = Session(uin: 0, cookie: .zero, key: clientKey, wxid: "")
        let request = try LoginRequest(
            userName: name, password: PasswordDigest(password: password), clientKey: clientKey,
            publicKey: agreementKey.publicKey, device: Microchat_LoginDeviceBlock(),
            clientVersion: ClientVersion.classic
        ).seal(
            for: RSAPublicKey(pem: String(contentsOfFile: path, encoding: .utf8)),
            keyVersion: endpoints.loginKeyVersion ?? 1)
        let login = Frame(command: .manualAuth, sequence: numbers.next(), body: request)

        // Two frames in one piece, of which the second one's end comes in another.
        var both = try Self.bytes(of: .heartbeat)
        both.writeImmutableBuffer(try Self.bytes(of: login))
        let rest = both.readableBytes - 100
        try await outbound.write(both.getSlice(at: 0, length: rest) ?? ByteBuffer())
        try await outbound.write(both.getSlice(at: rest, length: 100) ?? ByteBuffer())
        let answer = try await next { $0.command == Command.manualAuth.answer }.body
        guard
            let session = try LoginAnswer(
                opening: answer, clientKey: clientKey, agreementKey: agreementKey
            ).session
        else { throw Self.failure("\(name) can't log in") }
        self.session = session
    }

    /// Sends a text over the long link.
    mutating func send(_ text: String, to wxid: String) async throws {
        var message = Microchat_OutgoingMessage()
        message.to = Microchat_StringBox(wxid)
        message.content = Data(text.utf8)
        message.type = 1
        message.createTime = 1_700_000_000
        message.clientID = 1
        var request = Microchat_SendMessageRequest()
        request.count = 1
        request.messages = [message]
        let response = try Microchat_SendMessageResponse(
            plaintext: await call(.newSendMessage, request.plaintext()))
        guard response.results.first?.code == 0 else { throw Self.failure("'\(text)' was not sent") }
    }

    /// Syncs over the long link until somebody has said a text, then reports.
    ///
    /// - Returns: the sync key up to there.
    mutating func hear(_ text: String) async throws -> Data {
        var key = Data()
        while true {
            let response = try Microchat_SyncResponse(
                plaintext: await call(.newSync, syncRequest(from: key)))
            key = response.syncKey
            let texts = try response.items.items.filter { $0.kind == 5 }.map { item in
                try Microchat_ChatMessage(plaintext: item.payload.bytes).content.value
            }
            if texts.contains(text) { break }
            if response.continueFlag == 0 { _ = try await next { $0.command == .push } }
        }
        let report = try Report(key: SyncKey(envelope: Array(key)))
        try await write(Frame(command: .report, sequence: numbers.next(), body: report.body()))
        return key
    }

    /// Syncs once over the short link.
    func syncOnce(from key: Data) async throws { try await post(.newSync, syncRequest(from: key)) }

    /// Shows a picture to everybody from now on; no bytes take it away.
    func setPicture(_ bytes: [UInt8]) async throws {
        var request = Microchat_SetHeadPictureRequest()
        request.picture = Microchat_BytesBox(bytes)
        try await post(.setHeadPicture, request.plaintext())
    }

    private func post(_ call: Call, _ plaintext: [UInt8]) async throws {
        let packet = try session.sealRequest(
            call.type, clientVersion: ClientVersion.classic, plaintext: plaintext)
        var request = ByteBuffer(
            string: """
                POST \(ShortLink.path(of: call)) HTTP/1.1\r
                Host: localhost\r
                Content-Type: \(ShortLink.contentType)\r
                Content-Length: \(packet.readableBytes)\r
                Connection: close\r
                \r

                """)
        request.writeImmutableBuffer(packet)
        let bytes = request
        let channel = try await Self.connect(to: endpoints.shortLink) { channel in
            try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
        }
        let answer = try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(bytes)
            var answer = ByteBuffer()
            for try await piece in inbound { answer.writeImmutableBuffer(piece) }
            return answer
        }
        guard String(buffer: answer).hasPrefix("HTTP/1.1 200") else {
            throw Self.failure("the short link refused \(call.name)")
        }
    }

    /// Waits until a heartbeat with this number has come back: by then everything before it was on the wire.
    mutating func beat(_ sequence: UInt32) async throws {
        try await write(Frame(command: .heartbeat, sequence: sequence))
        _ = try await next { $0.command == Command.heartbeat.answer && $0.sequence == sequence }
    }

    private func syncRequest(from key: Data) throws -> [UInt8] {
        var request = Microchat_SyncRequest()
        request.operations.count = 0
        request.selector = 7
        request.syncKey = key
        request.scene = 3
        request.deviceType = "conure-linux"
        return try request.plaintext()
    }

    private mutating func call(_ call: Call, _ plaintext: [UInt8]) async throws -> [UInt8] {
        guard let command = call.command else { throw Self.failure("\(call.name) has no command") }
        let body = try session.sealRequest(
            call.type, clientVersion: ClientVersion.classic, plaintext: plaintext)
        let frame = Frame(command: command, sequence: numbers.next(), body: body)
        try await write(frame)
        let answer = try await next { $0.command == command.answer && $0.sequence == frame.sequence }
        guard case .plaintext(let plaintext, _) = try session.openResponse(answer.body) else {
            throw Self.failure("\(call.name) was refused")
        }
        return plaintext
    }

    private mutating func next(where fits: (Frame) -> Bool) async throws -> Frame {
        while let frame = try await inbound.next(isolation: nil) {
            if fits(frame) { return frame }
        }
        throw Self.failure("the server closed the long link")
    }

    private func write(_ frame: Frame) async throws { try await outbound.write(Self.bytes(of: frame)) }

    private static func bytes(of frame: Frame) throws -> ByteBuffer {
        var bytes = ByteBuffer()
        try FrameEncoder().encode(data: frame, out: &bytes)
        return bytes
    }

    private static func connect<Output: Sendable>(
        to address: String?, _ wrap: @escaping @Sendable (any Channel) throws -> Output
    ) async throws -> Output {
        guard let parts = address?.split(separator: ":"), parts.count == 2, let port = Int(parts[1]) else {
            throw failure("the server does not say where it listens")
        }
        return try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connect(host: String(parts[0]), port: port) { channel in
                channel.eventLoop.makeCompletedFuture { try wrap(channel) }
            }
    }

    private static func failure(_ text: String) -> ConureProcess.Failure {
        ConureProcess.Failure(description: text)
    }
}
