/// The key `bots` of a rules file, as text: a file that somebody has written keeps its comments and its order.
struct BotsKey {
    private let lines: [Substring]
    /// Where the key stands; nil if it is not there yet.
    private let key: Int?

    init(in rules: String) throws {
        lines = rules.split(separator: "\n", omittingEmptySubsequences: false)
        key = lines.firstIndex { $0.hasPrefix("bots:") }
    }

    /// The file with one more bot.
    ///
    /// - Throws: `Failure` if the key is written in a way that this does not understand.
    func text(adding name: String) throws -> String {
        var lines = lines
        guard let key else {
            // Before the rules, where whoever reads them looks for what they call.
            let place = lines.firstIndex { $0.hasPrefix("rules:") } ?? lines.endIndex
            lines.insert(contentsOf: ["bots: [\(name)]", ""], at: place)
            return lines.joined(separator: "\n")
        }
        if let list = lines[key].wholeMatch(of: #/(bots:\s*\[)([^\]#]*)(\].*)/#) {
            let items = list.2.split(separator: ",").map { $0.drop { $0 == " " } }.filter { !$0.isEmpty }
            lines[key] = "\(list.1)\((items + [Substring(name)]).joined(separator: ", "))\(list.3)"
            return lines.joined(separator: "\n")
        }
        guard lines[key].wholeMatch(of: #/bots:\s*(#.*)?/#) != nil else {
            throw Failure("write '\(name)' under 'bots' yourself: how that key is written is not understood")
        }
        // What is below the key: lines that are indented, and a list's that need not be.
        let below = lines[(key + 1)...].prefix {
            $0.isEmpty || $0.first == " " || $0.first == "-" || $0.first == "#"
        }
        let entries = below.indices.filter { isEntry(lines[$0]) }
        guard let first = entries.first, let last = entries.last else {
            lines.insert("  - \(name)", at: key + 1)
            return lines.joined(separator: "\n")
        }
        let indent = lines[first].prefix { $0 == " " }
        let isList = lines[first].dropFirst(indent.count).first == "-"
        lines.insert(isList ? "\(indent)- \(name)" : "\(indent)\(name):", at: last + 1)
        return lines.joined(separator: "\n")
    }

    private func isEntry(_ line: Substring) -> Bool {
        guard let first = line.first(where: { $0 != " " }) else { return false }
        return first != "#"
    }
}
