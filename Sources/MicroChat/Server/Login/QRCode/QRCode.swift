/// A QR code (ISO/IEC 18004) of bytes: versions 1 to 10, error correction levels L and M.
struct QRCode: Sendable {
    /// How much damage a reader can mend: 7 or 15 percent.
    enum Level: Sendable { case low, medium }

    /// Modules on each side.
    let size: Int
    /// Row by row, true is dark.
    let modules: [[Bool]]

    /// The smallest code that holds the bytes, at level M if any of these versions does.
    ///
    /// - Parameter mask: the pattern that breaks up areas; nil for the one that reads best.
    /// - Returns: nil if no code of these versions can hold them.
    init?(_ bytes: [UInt8], level: Level? = nil, mask: Int? = nil) {
        for level in level.map({ [$0] }) ?? [.medium, .low] {
            for version in QRVersion.range {
                let version = QRVersion(number: version, level: level)
                guard bytes.count <= version.maximumBytes else { continue }
                self.init(version, codewords: version.interleave(version.encode(bytes)), mask: mask)
                return
            }
        }
        return nil
    }

    private init(_ version: QRVersion, codewords: [UInt8], mask: Int?) {
        var canvas = QRCanvas(version)
        canvas.place(codewords)
        let candidates = (mask.map { [$0] } ?? Array(0..<8)).map { canvas.masked($0) }
        let best = candidates.min { QRPenalty.of($0) < QRPenalty.of($1) } ?? canvas.modules
        size = version.size
        modules = best
    }
}
