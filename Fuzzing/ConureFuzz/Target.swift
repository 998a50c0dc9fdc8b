import MicroChatWire
import NIOCore

/// Something that reads bytes from outside. It may refuse them with a `WireError`; whatever it takes, it must be able to
/// write again, and read back as the same. Anything else ends the process, which libFuzzer reports.
enum Target {
    static let all: [String: @Sendable ([UInt8]) -> Void] = [
        "frames": frames, "packet": packet, "varint": varint, "sync-key": syncKey, "report": report,
        "messages": messages, "login-request": LoginTargets.request, "login-answer": LoginTargets.answer,
        "keyed-request": LoginTargets.keyedRequest, "inflate": inflate,
    ]

    /// A long link's bytes, in pieces whose length the first byte gives.
    private static func frames(_ bytes: [UInt8]) {
        guard let step = bytes.first else { return }
        var buffer = ByteBuffer()
        for start in stride(from: 1, to: bytes.count, by: max(Int(step), 1)) {
            buffer.writeBytes(bytes[start..<min(start + max(Int(step), 1), bytes.count)])
            // The only error that it declares is a `WireError`.
            while let frame = try? FrameDecoder().decode(buffer: &buffer) {
                var encoded = ByteBuffer()
                try? FrameEncoder().encode(data: frame, out: &encoded)
                let copy = try? FrameDecoder().decode(buffer: &encoded)
                precondition(copy == frame && encoded.readableBytes == 0)
            }
        }
    }

    private static func packet(_ bytes: [UInt8]) {
        guard let packet = try? Packet(reading: ByteBuffer(bytes: bytes)) else { return }
        _ = packet.keyVersion
        let copy = try? Packet(reading: packet.bytes())
        precondition(copy == packet)
    }

    private static func varint(_ bytes: [UInt8]) {
        var buffer = ByteBuffer(bytes: bytes)
        guard let number = try? buffer.readVarint() else {
            return precondition(buffer.readerIndex == 0, "a refused number was consumed")
        }
        var copy = ByteBuffer()
        copy.writeVarint(number)
        precondition((try? copy.readVarint()) == number)
    }

    private static func syncKey(_ bytes: [UInt8]) {
        guard let key = try? SyncKey(envelope: bytes) else { return }
        let copy = try? SyncKey(envelope: key.envelope())
        precondition(copy == key)
    }

    private static func report(_ bytes: [UInt8]) {
        guard let report = try? Report(body: ByteBuffer(bytes: bytes)) else { return }
        let copy = try? Report(body: report.body())
        precondition(copy == report)
    }

    /// The first two bytes promise a length, the rest is the stream.
    private static func inflate(_ bytes: [UInt8]) {
        guard bytes.count >= 2 else { return }
        let length = Int(bytes[0]) << 8 | Int(bytes[1])
        guard let plain = try? Compression.inflate(Array(bytes.dropFirst(2)), length: length) else { return }
        precondition(plain.count == length)
        let copy = try? Compression.inflate(Compression.deflate(plain), length: length)
        precondition(copy == plain)
    }

    /// The first byte picks the message.
    private static func messages(_ bytes: [UInt8]) {
        guard let number = bytes.first else { return }
        everyMessage[Int(number) % everyMessage.count].check(Array(bytes.dropFirst()))
    }
}
