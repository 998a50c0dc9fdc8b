import Foundation

/// A file that grows, read line by line from where the last look ended.
struct GrowingFile {
    private let path: String
    private var offset: UInt64 = 0
    private var part = ""

    init(_ path: String) { self.path = path }

    /// The lines that are whole by now and have not been given yet.
    ///
    /// - Throws: if there is no such file.
    mutating func next() throws -> [String] {
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        defer { try? file.close() }
        // A shorter file is another.
        if try file.seekToEnd() < offset { (offset, part) = (0, "") }
        try file.seek(toOffset: offset)
        let data = try file.readToEnd() ?? Data()
        offset += UInt64(data.count)
        var lines = (part + String(decoding: data, as: UTF8.self)).split(
            separator: "\n", omittingEmptySubsequences: false
        ).map(String.init)
        part = lines.popLast() ?? ""
        return lines
    }
}
