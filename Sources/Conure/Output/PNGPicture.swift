import MicroChatWire

/// The light and dark of a small PNG: enough to show a QR code in a terminal. Not interlaced, 1 or 8 bits a sample.
struct PNGPicture {
    let width: Int
    let height: Int
    private let dark: [Bool]

    /// Whether a point is dark; what lies outside is light.
    func isDark(_ x: Int, _ y: Int) -> Bool {
        (0..<width).contains(x) && (0..<height).contains(y) && dark[y * width + x]
    }

    private static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    /// A QR code is never larger than this many points a side, however it was drawn.
    private static let largest = 2048

    /// - Returns: nil if it is no such PNG.
    init?(_ bytes: [UInt8]) {
        guard bytes.starts(with: Self.signature) else { return nil }
        var header: Header?
        var palette: [UInt8] = []
        var packed: [UInt8] = []
        var position = Self.signature.count
        while position + 12 <= bytes.count {
            let length = Self.number(bytes, position)
            guard length <= bytes.count - position - 12 else { return nil }
            let data = bytes[position + 8..<position + 8 + length]
            switch String(decoding: bytes[position + 4..<position + 8], as: UTF8.self) {
            case "IHDR": header = Header(Array(data))
            case "PLTE": palette = Array(data)
            case "IDAT": packed += data
            default: break
            }
            position += 12 + length
        }
        guard let header, header.width <= Self.largest, header.height <= Self.largest,
            let rows = try? Compression.inflate(packed, length: (header.bytesPerRow + 1) * header.height),
            let samples = Self.unfiltered(rows, header)
        else { return nil }
        width = header.width
        height = header.height
        dark = (0..<width * height).map { point in
            header.isDark(samples, x: point % header.width, y: point / header.width, palette: palette)
        }
    }

    private struct Header {
        let width: Int
        let height: Int
        let bits: Int
        let color: UInt8

        init?(_ data: [UInt8]) {
            guard data.count == 13, data[12] == 0 else { return nil }
            width = number(data, 0)
            height = number(data, 4)
            bits = Int(data[8])
            color = data[9]
            guard width > 0, height > 0, bits == 8 || (bits == 1 && (color == 0 || color == 3)),
                [0, 2, 3, 4, 6].contains(color)
            else { return nil }
        }

        var channels: Int { [0: 1, 2: 3, 3: 1, 4: 2, 6: 4][color] ?? 1 }
        var bytesPerRow: Int { (width * channels * bits + 7) / 8 }
        var bytesPerPoint: Int { max(1, channels * bits / 8) }

        func isDark(_ samples: [UInt8], x: Int, y: Int, palette: [UInt8]) -> Bool {
            let row = y * bytesPerRow
            let value =
                bits == 1
                ? (samples[row + x / 8] >> UInt8(7 - x % 8)) & 1 : samples[row + x * channels]
            switch color {
            case 3:
                let entry = Int(value) * 3
                return entry < palette.count && palette[entry] < 128
            case 4 where samples[row + x * channels + 1] < 128, 6 where samples[row + x * channels + 3] < 128:
                return false
            default: return bits == 1 ? value == 0 : value < 128
            }
        }
    }

    /// Undoes the filter that each row begins with (PNG specification, section 9).
    private static func unfiltered(_ rows: [UInt8], _ header: Header) -> [UInt8]? {
        let (length, step) = (header.bytesPerRow, header.bytesPerPoint)
        var samples = [UInt8](repeating: 0, count: length * header.height)
        for y in 0..<header.height {
            let filter = rows[y * (length + 1)]
            for x in 0..<length {
                let left = x >= step ? samples[y * length + x - step] : 0
                let up = y > 0 ? samples[(y - 1) * length + x] : 0
                let corner = y > 0 && x >= step ? samples[(y - 1) * length + x - step] : 0
                let predicted: UInt8
                switch filter {
                case 0: predicted = 0
                case 1: predicted = left
                case 2: predicted = up
                case 3: predicted = UInt8((Int(left) + Int(up)) / 2)
                case 4: predicted = paeth(left, up, corner)
                default: return nil
                }
                samples[y * length + x] = rows[y * (length + 1) + 1 + x] &+ predicted
            }
        }
        return samples
    }

    private static func paeth(_ left: UInt8, _ up: UInt8, _ corner: UInt8) -> UInt8 {
        let guess = Int(left) + Int(up) - Int(corner)
        let (a, b, c) = (abs(guess - Int(left)), abs(guess - Int(up)), abs(guess - Int(corner)))
        if a <= b && a <= c { return left }
        return b <= c ? up : corner
    }

    private static func number(_ bytes: [UInt8], _ position: Int) -> Int {
        bytes[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
    }
}

extension PNGPicture {
    /// The QR code in the picture, as lines of half blocks that a camera can read from a terminal; nil if there is none.
    var terminalLines: [String]? {
        guard let modules = modules else { return nil }
        let margin = 2
        let side = modules.count
        func isDark(_ x: Int, _ y: Int) -> Bool {
            (0..<side).contains(x) && (0..<side).contains(y) && modules[y][x]
        }
        // Light on dark terminals: a light point is a drawn one, so that the code's margin is light.
        return stride(from: -margin, to: side + margin, by: 2).map { y in
            (-margin..<side + margin).map { x in
                switch (isDark(x, y), isDark(x, y + 1)) {
                case (false, false): "█"
                case (false, true): "▀"
                case (true, false): "▄"
                case (true, true): " "
                }
            }.joined()
        }
    }

    /// The code's modules, row by row. Its top left corner is a frame of 7 by 7 modules, which gives their size.
    private var modules: [[Bool]]? {
        let points = (0..<height).lazy.flatMap { y in (0..<width).lazy.map { (x: $0, y: y) } }
        guard let first = points.first(where: { isDark($0.x, $0.y) }) else { return nil }
        var end = first.x
        while isDark(end, first.y) { end += 1 }
        let size = (end - first.x) / 7
        guard size > 0, let last = (first.x..<width).last(where: { isDark($0, first.y) }) else { return nil }
        let side = (last + 1 - first.x) / size
        // 21 modules a side, and 4 more a version, up to 40.
        guard (21...177).contains(side), side % 4 == 1 else { return nil }
        return (0..<side).map { row in
            (0..<side).map { column in
                isDark(first.x + column * size + size / 2, first.y + row * size + size / 2)
            }
        }
    }
}
