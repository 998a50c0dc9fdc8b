import MicroChatWire
import NIOCore

/// Frames and packets, one core.
func wireFigures() async throws -> [Figure] {
    let count = 100_000
    let body = ByteBuffer(repeating: 7, count: 100)
    let frame = Frame(command: .newSync, sequence: 1, body: body)
    var encoded = ByteBuffer()
    try FrameEncoder().encode(data: frame, out: &encoded)

    let session = Session(uin: 100_001, cookie: .random(), key: .random(), wxid: "wxid_bench")
    var request = Microchat_SendMessageRequest()
    var message = Microchat_OutgoingMessage()
    message.to = Microchat_StringBox("wxid_somebody")
    message.content = .init("Do you have the blue one in size 42? 有没有蓝色的？".utf8)
    message.type = 1
    message.createTime = 1_800_000_000
    message.clientID = 7
    request.messages = [message]
    request.count = 1
    let plaintext = try request.plaintext()
    let packet = try session.sealRequest(
        Call.newSendMessage.type, clientVersion: ClientVersion.classic, plaintext: plaintext)

    return [
        try await rate("frame encode, 100 bytes", per: count) {
            var out = ByteBuffer()
            for _ in 0..<count {
                out.clear()
                try FrameEncoder().encode(data: frame, out: &out)
            }
        },
        try await rate("frame decode, 100 bytes", per: count) {
            let decoder = FrameDecoder()
            for _ in 0..<count {
                var bytes = encoded
                _ = try decoder.decode(buffer: &bytes)
            }
        },
        try await rate("packet encode: protobuf, AES, header; \(plaintext.count) bytes", per: count) {
            for _ in 0..<count {
                _ = try session.sealRequest(
                    Call.newSendMessage.type, clientVersion: ClientVersion.classic,
                    plaintext: request.plaintext())
            }
        },
        try await rate("packet decode: header, AES, protobuf; \(plaintext.count) bytes", per: count) {
            for _ in 0..<count {
                let opened = try session.openRequest(Packet(reading: packet))
                _ = try Microchat_SendMessageRequest(plaintext: opened)
            }
        },
    ]
}
