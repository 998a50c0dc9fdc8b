/// What comes on a worker's standard error, cut into lines; the last of them say what it died of.
struct Lines {
    private static let longest = 2000
    private static let kept = 60

    private var part: [UInt8] = []
    private(set) var last: [String] = []

    /// Takes bytes in, and gives the lines that are whole by now, each cut to a length.
    mutating func take(_ bytes: some Sequence<UInt8>) -> [String] {
        var lines: [String] = []
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                lines.append(String(decoding: part, as: UTF8.self))
                part.removeAll(keepingCapacity: true)
            } else if part.count < Self.longest {
                part.append(byte)
            }
        }
        return lines
    }

    /// The line that never ended; nil if there is none.
    mutating func rest() -> String? { part.isEmpty ? nil : take([UInt8(ascii: "\n")]).first }

    /// Keeps a line in mind.
    mutating func keep(_ line: String) {
        last.append(line)
        if last.count > Self.kept { last.removeFirst() }
    }
}
