/// The square itself: what every code has, where data goes, and the masks.
struct QRCanvas {
    private let version: QRVersion
    private(set) var modules: [[Bool]]
    /// What is not data and not to be masked.
    private var isFunction: [[Bool]]

    private var size: Int { version.size }

    init(_ version: QRVersion) {
        self.version = version
        modules = Array(repeating: Array(repeating: false, count: version.size), count: version.size)
        isFunction = modules
        drawTimings()
        for (x, y) in [(3, 3), (size - 4, 3), (3, size - 4)] { drawFinder(x, y) }
        drawAlignments()
        for module in format(mask: 0) { set(module.x, module.y, module.isDark) }
        drawVersion()
    }

    /// Writes the codewords in their zigzag, from the lower right corner on.
    mutating func place(_ codewords: [UInt8]) {
        var bit = 0
        for right in stride(from: size - 1, through: 1, by: -2) {
            // The column of the timing pattern is skipped.
            let right = right <= 6 ? right - 1 : right
            let isUpward = (right + 1) & 2 == 0
            for step in 0..<size {
                let y = isUpward ? size - 1 - step : step
                for x in [right, right - 1] where !isFunction[y][x] && bit < codewords.count * 8 {
                    modules[y][x] = codewords[bit >> 3] >> (7 - bit & 7) & 1 == 1
                    bit += 1
                }
            }
        }
    }

    func masked(_ mask: Int) -> [[Bool]] {
        var result = modules
        for y in 0..<size {
            for x in 0..<size where !isFunction[y][x] && Self.isFlipped(mask, x, y) { result[y][x].toggle() }
        }
        for module in format(mask: mask) { result[module.y][module.x] = module.isDark }
        return result
    }

    private static func isFlipped(_ mask: Int, _ x: Int, _ y: Int) -> Bool {
        switch mask {
        case 0: (x + y) % 2 == 0
        case 1: y % 2 == 0
        case 2: x % 3 == 0
        case 3: (x + y) % 3 == 0
        case 4: (x / 3 + y / 2) % 2 == 0
        case 5: x * y % 2 + x * y % 3 == 0
        case 6: (x * y % 2 + x * y % 3) % 2 == 0
        default: ((x + y) % 2 + x * y % 3) % 2 == 0
        }
    }

    // MARK: What every code has

    private mutating func set(_ x: Int, _ y: Int, _ isDark: Bool) {
        modules[y][x] = isDark
        isFunction[y][x] = true
    }

    private mutating func drawTimings() {
        for index in 0..<size {
            set(6, index, index % 2 == 0)
            set(index, 6, index % 2 == 0)
        }
    }

    private mutating func drawFinder(_ x: Int, _ y: Int) {
        for dy in -4...4 {
            for dx in -4...4 where (0..<size).contains(x + dx) && (0..<size).contains(y + dy) {
                let distance = max(abs(dx), abs(dy))
                set(x + dx, y + dy, distance != 2 && distance != 4)
            }
        }
    }

    private mutating func drawAlignments() {
        let places = alignmentPlaces
        for x in places {
            for y in places {
                // Three corners have finders.
                if (x == 6 && y == 6) || (x == 6 && y == size - 7) || (x == size - 7 && y == 6) { continue }
                for dy in -2...2 {
                    for dx in -2...2 { set(x + dx, y + dy, max(abs(dx), abs(dy)) != 1) }
                }
            }
        }
    }

    private var alignmentPlaces: [Int] {
        switch version.number {
        case 1: []
        case 2...6: [6, size - 7]
        default: [6, (size - 1) / 2, size - 7]
        }
    }

    /// Level and mask, twice, with their own error correction, and the module that is always dark.
    private func format(mask: Int) -> [(x: Int, y: Int, isDark: Bool)] {
        let data = (version.level == .low ? 1 : 0) << 3 | mask
        var remainder = data
        for _ in 0..<10 { remainder = remainder << 1 ^ (remainder >> 9) * 0x537 }
        let bits = (data << 10 | remainder) ^ 0x5412
        return (0..<15).flatMap { bit in
            let isDark = bits >> bit & 1 == 1
            let first =
                switch bit {
                case 0...5: (8, bit)
                case 6: (8, 7)
                case 7: (8, 8)
                case 8: (7, 8)
                default: (14 - bit, 8)
                }
            let second = bit < 8 ? (size - 1 - bit, 8) : (8, size - 15 + bit)
            return [(first.0, first.1, isDark), (second.0, second.1, isDark)]
        } + [(8, size - 8, true)]
    }

    private mutating func drawVersion() {
        guard version.number >= 7 else { return }
        var remainder = version.number
        for _ in 0..<12 { remainder = remainder << 1 ^ (remainder >> 11) * 0x1F25 }
        let bits = version.number << 12 | remainder
        for bit in 0..<18 {
            let isDark = bits >> bit & 1 == 1
            set(size - 11 + bit % 3, bit / 3, isDark)
            set(bit / 3, size - 11 + bit % 3, isDark)
        }
    }
}
