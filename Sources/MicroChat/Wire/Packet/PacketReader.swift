package import NIOCore

extension Packet {
    /// Reads a whole packet.
    package init(reading bytes: ByteBuffer) throws(WireError) {
        var rest = bytes
        let start = rest.readerIndex
        hasMarker = rest.getInteger(at: start, as: UInt8.self) == Self.marker
        if hasMarker { rest.moveReaderIndex(forwardBy: 1) }
        guard let (first, second) = rest.readMultipleIntegers(as: (UInt8, UInt8).self) else {
            throw .packet(.truncated)
        }
        switch first & 3 {
        case 1: isCompressed = true
        case 2: isCompressed = false
        case let mode: throw .packet(.compression(mode))
        }
        cipher = Cipher(rawValue: second >> 4)

        // The header's length counts from the first byte, the marker included.
        let consumed = rest.readerIndex - start
        let length = Int(first >> 2)
        guard length >= consumed, var header = rest.readSlice(length: length - consumed),
            let (version, uin) = header.readMultipleIntegers(as: (Int32, Int32).self),
            let cookie = header.readBytes(length: Int(second & 15))
        else { throw .packet(.truncated) }
        versionOrStatus = version
        self.uin = uin
        self.cookie = try Cookie(bytes: cookie)
        type = CallType(rawValue: try header.readVarint())
        rawLength = try header.readVarint()
        packedLength = try header.readVarint()
        tail = Array(header.readableBytesView)
        body = Array(rest.readableBytesView)
    }
}
