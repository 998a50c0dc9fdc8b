import BotKit

/// A program that has handlers, as a rules file describes it.
package struct BotProgram: Sendable {
    package let name: String
    /// Nil for the one of that name that comes with Conure.
    package var path: String?
    package var arguments: [String] = []
    package var environment: [(name: String, value: Secret)] = []
    /// In bytes; nil for the usual.
    package var memory: Int64?
    /// Processor time for one invocation; nil for the usual.
    package var cpu: Duration?
    /// How many processes may run at once.
    package var concurrency = 1
    /// What it may do, in the words of the file: `network`, `read:PATH`, `write:PATH`.
    package var permissions: [String] = []
    /// Where it stands; the message is for whoever finds fault with it.
    package let place: Finding

    package init(name: String, place: Finding) { (self.name, self.place) = (name, place) }
}

extension Reading {
    /// The programs with handlers: a list of names, or a map of names to what is special about them.
    func bots(_ nodes: [Node]) -> [BotProgram] {
        var programs: [BotProgram] = []
        func add(_ program: BotProgram, at position: Position) {
            if programs.contains(where: { $0.name == program.name }) {
                error("there is another bot called \(quoted(program.name))", at: position)
            }
            programs.append(program)
        }
        for node in nodes {
            guard case .map = node.content else {
                for item in list(node) {
                    guard let name = text(item) else { continue }
                    if !isName(name) {
                        error(
                            "\(quoted(name)) cannot be a name, expected letters, digits, - and _",
                            at: item.position)
                    }
                    add(BotProgram(name: name, place: finding("", at: item.position)), at: item.position)
                }
                continue
            }
            for entry in entries(node, of: "bots") {
                var program = BotProgram(name: entry.key, place: finding("", at: entry.keyPosition))
                if !entry.value.isBlank { describe(&program, entry.value) }
                add(program, at: entry.keyPosition)
            }
        }
        return programs
    }

    private func describe(_ program: inout BotProgram, _ node: Node) {
        guard let fields = Fields(node, .botProgram, in: self) else { return }
        if let path = fields["path"].flatMap(text) {
            let folder = source(of: node.position).name
            let start = folder.lastIndex(of: "/").map { String(folder[...$0]) } ?? ""
            program.path = path.hasPrefix("/") ? path : start + path
        }
        program.arguments = fields["args"].map { list($0).compactMap { scalar($0)?.text } } ?? []
        if let node = fields["environment"] {
            for entry in map(node) {
                if let value = secretText(entry.value) { program.environment.append((entry.key, value)) }
            }
        }
        program.memory = fields["memory"].flatMap(bytes)
        program.cpu = fields["cpu"].flatMap(length)
        program.concurrency = fields["concurrency"].flatMap { count($0, in: 1...64) } ?? 1
        for item in fields["permissions"].map({ list($0) }) ?? [] {
            guard let text = text(item) else { continue }
            let isPath = ["read:", "write:"].contains { text.hasPrefix($0) && text.count > $0.count }
            if text == "network" || text == "processes" || isPath {
                program.permissions.append(text)
            } else {
                error(
                    "\(quoted(text)) is no permission, expected network, processes, read:PATH or write:PATH",
                    at: item.position, suggestion: nearest(to: text, among: ["network", "processes"]))
            }
        }
    }

    /// `64MB`, `1GB`.
    private func bytes(_ node: Node) -> Int64? {
        guard let text = text(node) else { return nil }
        for (unit, size) in [("KB", 10), ("MB", 20), ("GB", 30)] where text.hasSuffix(unit) {
            let number = text.dropLast(2).filter { $0 != " " }
            if let count = wholeNumber(number), (1...65_536).contains(count) { return Int64(count) << size }
        }
        error("expected a size such as 256MB or 1GB", at: node.position)
        return nil
    }
}
