/// The bots in `Package.swift`: the lines between `let bots = [` and `]`.
struct BotList {
    private var lines: [Substring]
    private let items: Range<Int>

    /// - Throws: `Failure` if there is no such list.
    init(in manifest: String) throws {
        lines = manifest.split(separator: "\n", omittingEmptySubsequences: false)
        guard let start = lines.firstIndex(of: "let bots = ["),
            let end = lines[start...].firstIndex(of: "]")
        else { throw Failure("Package.swift has no list 'let bots = [' to which a bot could be added") }
        items = (start + 1)..<end
    }

    /// Those that are there.
    var names: [String] { lines[items].compactMap { Self.name(in: $0) } }

    private static func name(in line: Substring) -> String? {
        line.wholeMatch(of: #/\s*"([^"]+)",?\s*/#).map { String($0.1) }
    }

    /// The manifest with one more, in the order of the alphabet.
    func text(adding name: String) -> String {
        var lines = lines
        let place = items.first { Self.name(in: lines[$0]).map { $0 > name } ?? false } ?? items.upperBound
        lines.insert("    \"\(name)\",", at: place)
        return lines.joined(separator: "\n")
    }
}
