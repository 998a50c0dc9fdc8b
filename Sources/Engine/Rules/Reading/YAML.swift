/// Reads YAML into nodes.
///
/// Only what a settings file needs: one document, text keys, anchors within bounds. Never traps, whatever the bytes.
enum YAML {
    static let maximumBytes = 4 << 20
    static let maximumNesting = 32
    static let maximumNodes = 200_000

    /// Reads one of the reading's files. Duplicate keys are noted, and the first of each is kept.
    ///
    /// - Returns: the root; nil if the file holds nothing.
    static func read(file: Int, in reading: Reading) throws(YAMLError) -> Node? {
        var text = reading.sources[file].text
        if text.unicodeScalars.first == "\u{FEFF}" { text.unicodeScalars.removeFirst() }
        let bytes = Array(text.utf8)
        if bytes.count > maximumBytes {
            throw YAMLError("the file is larger than 4 MiB", at: Position(line: 1, column: 1))
        }
        return try YAMLEvents.withEvents(of: bytes) { events throws(YAMLError) in
            var composer = YAMLComposer(reading: reading, file: file)
            return try composer.compose(&events)
        }
    }
}

/// Why a file cannot be read as YAML.
struct YAMLError: Error {
    let message: String
    let position: Position

    init(_ message: String, at position: Position) {
        self.message = message
        self.position = position
    }
}
