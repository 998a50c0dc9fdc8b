import Foundation

/// A number for what a node says, wherever in the file it stands: two nodes with the same say the same.
struct NodeHash {
    private var hash: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func add(_ node: Node?) {
        guard let node else { return add("-") }
        switch node.content {
        case .scalar(let scalar): add((scalar.style == .plain ? "s" : "q") + scalar.text)
        case .list(let items):
            add("[\(items.count)")
            for item in items { add(item) }
        case .map(let entries):
            add("{\(entries.count)")
            for entry in entries {
                add(entry.key)
                add(entry.value)
            }
        }
    }

    mutating func add(_ text: String) {
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        hash = (hash ^ 0xFF) &* 0x100_0000_01b3
    }

    var text: String { String(hash, radix: 16) }
}

extension Reading {
    /// What a rule says, with all that it may refer to.
    func hash(of rule: Node) -> String {
        var hash = surroundings
        hash.add(rule)
        return hash.text
    }
}
