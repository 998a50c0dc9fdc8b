import Foundation

/// As much of Ogg and Opus as it takes to know a voice message when one is there already (RFC 3533, RFC 7845).
struct OggOpus {
    /// How long it plays, in milliseconds.
    let duration: Int

    /// - Returns: nil if the file is something else.
    init?(path: String) {
        guard let file = FileHandle(forReadingAtPath: path) else { return nil }
        defer { try? file.close() }
        // A page ends with at most 64 KiB, so that its head is in the last 65 307 bytes.
        guard let start = try? file.read(upToCount: 4096), let size = try? file.seekToEnd() else {
            return nil
        }
        try? file.seek(toOffset: size > 65_536 ? size - 65_536 : 0)
        guard let end = try? file.readToEnd() else { return nil }
        self.init(start: [UInt8](start), end: [UInt8](end))
    }

    init?(start: [UInt8], end: [UInt8]) {
        let mark = Array("OggS".utf8)
        guard start.starts(with: mark), let head = start.firstRange(of: Array("OpusHead".utf8)),
            head.lowerBound < 512, start.count >= head.lowerBound + 12,
            let last = end.ranges(of: mark).last, end.count >= last.lowerBound + 14
        else { return nil }
        func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
            bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        let skipped = number(start[(head.lowerBound + 10)..<(head.lowerBound + 12)])
        let samples = number(end[(last.lowerBound + 6)..<(last.lowerBound + 14)])
        // Always counted at 48 kHz; anything else is a broken file.
        guard samples >= skipped, samples < 48_000 * 86_400 else { return nil }
        duration = Int((samples - skipped) / 48)
    }
}
