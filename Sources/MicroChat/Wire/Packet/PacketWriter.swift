package import NIOCore

extension Packet {
    /// The packet's bytes.
    ///
    /// - Parameter minimumLength: a shorter packet is padded with zeros in the tail of its header (section 6.2).
    package func bytes(paddedTo minimumLength: Int = 0) throws(WireError) -> ByteBuffer {
        var fields = ByteBuffer()
        fields.reserveCapacity(Self.maximumHeaderLength)
        fields.writeMultipleIntegers(versionOrStatus, uin)
        fields.writeBytes(cookie.bytes)
        fields.writeVarint(type.rawValue)
        fields.writeVarint(rawLength)
        fields.writeVarint(packedLength)
        fields.writeBytes(tail)

        let start = hasMarker ? 3 : 2
        let missing = max(minimumLength - (start + fields.readableBytes + body.count), 0)
        fields.writeRepeatingByte(0, count: missing)
        let length = start + fields.readableBytes
        guard length <= Self.maximumHeaderLength, cipher.rawValue <= 15 else { throw .packet(.headerTooLong) }

        var packet = ByteBuffer()
        packet.reserveCapacity(length + body.count)
        if hasMarker { packet.writeInteger(Self.marker) }
        packet.writeInteger(UInt8(length) << 2 | (isCompressed ? 1 : 2))
        packet.writeInteger(cipher.rawValue << 4 | UInt8(cookie.bytes.count))
        packet.writeImmutableBuffer(fields)
        packet.writeBytes(body)
        return packet
    }
}
