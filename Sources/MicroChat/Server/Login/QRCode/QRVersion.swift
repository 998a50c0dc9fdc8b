/// How a code of one size and level holds its bytes: segment, padding, blocks, error correction.
struct QRVersion: Sendable {
    static let range = 1...10

    let number: Int
    let level: QRCode.Level

    var size: Int { number * 4 + 17 }

    private static let correctionPerBlock: [QRCode.Level: [Int]] = [
        .low: [7, 10, 15, 20, 26, 18, 20, 24, 30, 18], .medium: [10, 16, 26, 18, 24, 16, 18, 22, 22, 26],
    ]
    private static let blockCounts: [QRCode.Level: [Int]] = [
        .low: [1, 1, 1, 1, 1, 2, 2, 2, 2, 4], .medium: [1, 1, 1, 2, 2, 4, 4, 4, 5, 5],
    ]

    private var correction: Int { Self.correctionPerBlock[level]?[number - 1] ?? 0 }
    private var blocks: Int { Self.blockCounts[level]?[number - 1] ?? 1 }

    /// Every codeword there is room for.
    private var allCodewords: Int {
        var bits = (16 * number + 128) * number + 64
        if number >= 2 {
            let alignments = number / 7 + 2
            bits -= (25 * alignments - 10) * alignments - 55
            if number >= 7 { bits -= 36 }
        }
        return bits / 8
    }

    private var dataCodewords: Int { allCodewords - correction * blocks }
    private var countBits: Int { number < 10 ? 8 : 16 }

    /// Mode, count and bytes have to fit.
    var maximumBytes: Int { (dataCodewords * 8 - 4 - countBits) / 8 }

    /// One segment in byte mode, padded.
    func encode(_ bytes: [UInt8]) -> [UInt8] {
        var bits: [Bool] = []
        func append(_ value: Int, _ count: Int) {
            for bit in stride(from: count - 1, through: 0, by: -1) { bits.append(value >> bit & 1 == 1) }
        }
        append(0b0100, 4)
        append(bytes.count, countBits)
        for byte in bytes { append(Int(byte), 8) }
        append(0, min(4, dataCodewords * 8 - bits.count))
        append(0, (8 - bits.count % 8) % 8)
        var pad = 0xEC
        while bits.count < dataCodewords * 8 {
            append(pad, 8)
            pad ^= 0xEC ^ 0x11
        }
        return stride(from: 0, to: bits.count, by: 8).map { start in
            bits[start..<start + 8].reduce(0) { $0 << 1 | ($1 ? 1 : 0) }
        }
    }

    /// Cuts data into blocks, appends the error correction of each, and takes from all in turn.
    func interleave(_ data: [UInt8]) -> [UInt8] {
        let shortBlocks = blocks - allCodewords % blocks
        let shortLength = allCodewords / blocks - correction
        let corrector = ReedSolomon(degree: correction)
        var dataBlocks: [[UInt8]] = []
        var start = 0
        for block in 0..<blocks {
            let end = start + shortLength + (block < shortBlocks ? 0 : 1)
            dataBlocks.append(Array(data[start..<end]))
            start = end
        }
        let corrections = dataBlocks.map(corrector.remainder)
        var codewords: [UInt8] = []
        for index in 0...shortLength {
            for block in dataBlocks where index < block.count { codewords.append(block[index]) }
        }
        for index in 0..<correction {
            for block in corrections { codewords.append(block[index]) }
        }
        return codewords
    }
}

/// Error correction over GF(2^8) modulo 0x11D.
struct ReedSolomon: Sendable {
    private let divisor: [UInt8]

    init(degree: Int) {
        var divisor = [UInt8](repeating: 0, count: degree - 1) + [1]
        var root: UInt8 = 1
        for _ in 0..<degree {
            for index in divisor.indices {
                divisor[index] = Self.multiply(divisor[index], root)
                if index + 1 < degree { divisor[index] ^= divisor[index + 1] }
            }
            root = Self.multiply(root, 2)
        }
        self.divisor = divisor
    }

    func remainder(of data: [UInt8]) -> [UInt8] {
        var remainder = [UInt8](repeating: 0, count: divisor.count)
        for byte in data {
            let factor = byte ^ remainder.removeFirst()
            remainder.append(0)
            for index in remainder.indices { remainder[index] ^= Self.multiply(divisor[index], factor) }
        }
        return remainder
    }

    static func multiply(_ left: UInt8, _ right: UInt8) -> UInt8 {
        var product = 0
        for bit in stride(from: 7, through: 0, by: -1) {
            product = product << 1 ^ (product >> 7) * 0x11D
            product ^= Int(right >> bit & 1) * Int(left)
        }
        return UInt8(truncatingIfNeeded: product)
    }
}
