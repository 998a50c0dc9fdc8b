/// A picture of a person or a room, as uploaded: a PNG or JPEG that says how large it is (docs/protocol-extensions.md).
package struct Picture: Sendable {
    /// Larger ones are refused, in bytes and in pixels on a side.
    package static let maximumBytes = 256 << 10
    static let maximumSide = 2048

    package let bytes: [UInt8]
    package let contentType: String

    /// The picture in these bytes; nil if it is none, or too large.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count <= Self.maximumBytes else { return nil }
        self.bytes = bytes
        if let size = Self.sizeOfPNG(bytes), Self.isFine(size) {
            contentType = "image/png"
        } else if let size = Self.sizeOfJPEG(bytes), Self.isFine(size) {
            contentType = "image/jpeg"
        } else {
            return nil
        }
    }

    private static func isFine(_ size: (width: Int, height: Int)) -> Bool {
        (1...maximumSide).contains(size.width) && (1...maximumSide).contains(size.height)
    }

    /// Goes through the chunks, from the header to the end.
    private static func sizeOfPNG(_ bytes: [UInt8]) -> (width: Int, height: Int)? {
        guard bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) else { return nil }
        var size: (Int, Int)?
        var hasData = false
        var start = 8
        while let length = integer(bytes, at: start, 4), length <= bytes.count - start - 12 {
            let name = bytes[start + 4..<start + 8]
            let checksum = CRC32.of(bytes[start + 4..<start + 8 + length])
            guard integer(bytes, at: start + 8 + length, 4) == Int(checksum) else { return nil }
            if name.elementsEqual("IHDR".utf8) {
                guard start == 8, length == 13, let width = integer(bytes, at: 16, 4),
                    let height = integer(bytes, at: 20, 4)
                else { return nil }
                size = (width, height)
            } else if name.elementsEqual("IDAT".utf8) {
                hasData = true
            } else if name.elementsEqual("IEND".utf8) {
                return hasData && start + 12 + length == bytes.count ? size : nil
            }
            start += 12 + length
        }
        return nil
    }

    /// Goes through the segments up to the first scan; the last two bytes have to be the end.
    private static func sizeOfJPEG(_ bytes: [UInt8]) -> (width: Int, height: Int)? {
        guard bytes.starts(with: [0xFF, 0xD8, 0xFF]), bytes.suffix(2) == [0xFF, 0xD9] else { return nil }
        var size: (Int, Int)?
        var start = 2
        while let marker = integer(bytes, at: start, 2), marker > 0xFF00,
            let length = integer(bytes, at: start + 2, 2), length >= 2, start + 2 + length <= bytes.count
        {
            switch marker {
            case 0xFFFF:
                // Fill before a marker.
                start += 1
                continue
            case 0xFFDA: return size
            case 0xFFC0...0xFFC3, 0xFFC5...0xFFC7, 0xFFC9...0xFFCB, 0xFFCD...0xFFCF:
                guard let height = integer(bytes, at: start + 5, 2),
                    let width = integer(bytes, at: start + 7, 2)
                else { return nil }
                size = (width, height)
            default: break
            }
            start += 2 + length
        }
        return nil
    }

    private static func integer(_ bytes: [UInt8], at start: Int, _ count: Int) -> Int? {
        guard start >= 0, start <= bytes.count - count else { return nil }
        return bytes[start..<start + count].reduce(0) { $0 << 8 | Int($1) }
    }
}
