import MicroChatWire
import NIOCore

/// What a login and its repetition have in common: the beginning of the sealed account block, which is as good as random,
/// for RSA encrypts the same text differently each time (MicroChat wire protocol, sections 7.3 and 8.1).
///
/// The header and the device block don't count: whoever has recorded a login can change those.
struct LoginFingerprint: Hashable, Sendable {
    private let first: UInt64
    private let second: UInt64

    /// Nil if the packet is too short for a login.
    init?(_ packet: Packet) {
        let lengths = 3 * MemoryLayout<UInt32>.size
        var block = ByteBuffer(bytes: packet.body.dropFirst(lengths).prefix(2 * MemoryLayout<UInt64>.size))
        guard let (first, second) = block.readMultipleIntegers(as: (UInt64, UInt64).self) else { return nil }
        self.first = first
        self.second = second
    }
}
