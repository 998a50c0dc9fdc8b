package import NIOCore

/// Numbers in packet headers: base 128, least significant group first, at most five bytes, at most 2³² − 1
/// (MicroChat wire protocol, section 6.1).
extension ByteBuffer {
    /// Reads a number, or nothing at all.
    package mutating func readVarint() throws(WireError) -> UInt32 {
        var value: UInt64 = 0
        for position in 0..<5 {
            guard let byte = getInteger(at: readerIndex + position, as: UInt8.self) else { throw .varint }
            value |= UInt64(byte & 0x7F) << (7 * UInt64(position))
            if byte & 0x80 == 0 {
                guard let number = UInt32(exactly: value) else { throw .varint }
                moveReaderIndex(forwardBy: position + 1)
                return number
            }
        }
        throw .varint
    }

    /// Writes a number in as few bytes as it needs.
    package mutating func writeVarint(_ number: UInt32) {
        var rest = number
        while rest > 0x7F {
            writeInteger(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        writeInteger(UInt8(truncatingIfNeeded: rest))
    }
}
