import MicroChatWire

extension QRCode {
    /// The code as a picture: one bit a pixel, with the light margin that readers need.
    func png(pixelsPerModule scale: Int = 8) throws -> [UInt8] {
        let margin = 4
        let side = (size + 2 * margin) * scale
        var rows: [UInt8] = []
        for y in 0..<side {
            // Each row begins with its filter, none.
            rows.append(0)
            var byte: UInt8 = 0
            for x in 0..<(side + 7) / 8 * 8 {
                byte = byte << 1 | (isDark(x / scale - margin, y / scale - margin) ? 0 : 1)
                if x % 8 == 7 { rows.append(byte) }
            }
        }
        let header = Self.bytes(of: UInt32(side)) + Self.bytes(of: UInt32(side)) + [1, 0, 0, 0, 0]
        return Self.signature + Self.chunk("IHDR", header) + Self.chunk("IDAT", try Compression.deflate(rows))
            + Self.chunk("IEND", [])
    }

    private func isDark(_ x: Int, _ y: Int) -> Bool {
        (0..<size).contains(x) && (0..<size).contains(y) && modules[y][x]
    }

    private static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    private static func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
        let content = Array(name.utf8) + data
        return bytes(of: UInt32(data.count)) + content + bytes(of: CRC32.of(content))
    }

    private static func bytes(of value: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }
}
