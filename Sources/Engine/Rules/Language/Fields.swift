/// One map of the file, read by the keys that may stand there.
///
/// Making one reports every key that may not.
struct Fields {
    let node: Node
    private let entries: [Node.Entry]
    private let reading: Reading
    /// Keys that something misspelled was probably meant to be: their absence is no error of its own.
    private var misspelled: Set<String> = []
    /// Whether a key stands here that may not.
    private(set) var hasProblems = false

    init?(_ node: Node, _ keys: Keys, in reading: Reading) {
        guard case .map(let entries) = node.content else {
            reading.error(
                "expected a map with the keys of \(keys.place), not \(node.kindInWords)", at: node.position)
            return nil
        }
        self.node = node
        self.entries = entries
        self.reading = reading
        for entry in entries where !keys.here.contains(entry.key) {
            hasProblems = true
            if keys.later.contains(entry.key) {
                reading.error(
                    "'\(entry.key)' is not available in this version of Conure", at: entry.keyPosition)
            } else if let meant = nearest(to: entry.key, among: keys.here + keys.later) {
                misspelled.insert(meant)
                reading.error(
                    "unknown key \(quoted(entry.key)) here", at: entry.keyPosition, suggestion: meant)
            } else {
                let expected = keys.here.joined(separator: ", ")
                reading.error(
                    "unknown key \(quoted(entry.key)) here, \(keys.place) has: \(expected)",
                    at: entry.keyPosition)
            }
        }
    }

    /// The value of a key; nil if it is not there.
    subscript(key: String) -> Node? { entry(key)?.value }

    func entry(_ key: String) -> Node.Entry? { entries.first { $0.key == key } }

    /// Whether the key is there, or something that was probably meant to be it.
    func mentions(_ key: String) -> Bool { entry(key) != nil || misspelled.contains(key) }

    /// The value of a key that must be there.
    func required(_ key: String) -> Node? {
        if let value = self[key] { return value }
        if !misspelled.contains(key) { reading.error("'\(key)' is missing here", at: node.position) }
        return nil
    }

    /// Whether nothing stands here at all, neither right nor wrong.
    var isEmpty: Bool { entries.isEmpty }
}
