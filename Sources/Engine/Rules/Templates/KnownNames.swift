/// The names that expressions of a file may use: those of the language, and those that the file gives.
struct KnownNames: Sendable {
    /// What steps save, in any rule.
    var saved: Set<String> = []
    /// What is set, in any rule or from the start.
    var variables: Set<String> = []

    /// What a name leads to.
    func value(_ name: String, at offset: Int) throws(TemplateProblem) -> ValueName {
        if let plain = ValueName.Plain(rawValue: name) { return .plain(plain) }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        if parts.count > 1, !parts.contains("") {
            let below = Array(parts.dropFirst(2))
            switch parts[0] {
            case "match": return .match(parts.dropFirst().joined(separator: "."))
            case "vars":
                guard variables.contains(parts[1]) else {
                    throw TemplateProblem(
                        message: "no step sets a variable \(quoted(parts[1])), and 'vars' has none",
                        offset: offset,
                        suggestion: nearest(to: parts[1], among: variables.sorted()).map { "vars.\($0)" })
                }
                return .variable(parts[1], path: below)
            case "webhook" where parts[1] == "json": return .data(.webhook, path: below)
            case "event" where parts[1] == "data": return .data(.event, path: below)
            default: break
            }
        }
        if let root = parts.first, saved.contains(root), !parts.contains("") {
            return .saved(root, path: Array(parts.dropFirst()))
        }
        throw problem(name, at: offset)
    }

    private func problem(_ name: String, at offset: Int) -> TemplateProblem {
        if name.hasPrefix("texts.") || name.hasPrefix("words.") {
            return TemplateProblem(message: "\(quoted(name)) cannot stand inside a text", offset: offset)
        }
        let known = ValueName.Plain.allCases.map(\.rawValue)
        if let meant = nearest(to: name, among: known + saved.sorted()) {
            return TemplateProblem(
                message: "unknown value \(quoted(name))", offset: offset, suggestion: meant)
        }
        let root = name.split(separator: ".").first.map(String.init) ?? name
        let below = known.filter { $0.hasPrefix(root + ".") }
        guard below.isEmpty else {
            return TemplateProblem(
                message: "unknown value \(quoted(name)), there is: \(below.joined(separator: ", "))",
                offset: offset)
        }
        return TemplateProblem(
            message: """
                unknown value \(quoted(name)), values are now and today, and begin with sender, chat, message, match, vars, \
                schedule, webhook, event, recipient or error
                """, offset: offset)
    }
}

extension Node {
    /// The names that steps below here save things under, and the variables that they set.
    func collect(_ names: inout KnownNames) {
        switch content {
        case .scalar: break
        case .list(let items): for item in items { item.collect(&names) }
        case .map(let entries):
            for entry in entries {
                if case .scalar(let scalar) = entry.value.content {
                    if entry.key == "save_as" || entry.key == "as" { names.saved.insert(scalar.text) }
                } else if ["set", "add", "clear"].contains(entry.key),
                    case .map(let fields) = entry.value.content
                {
                    for field in fields where field.key == "name" {
                        if case .scalar(let scalar) = field.value.content {
                            names.variables.insert(scalar.text)
                        }
                    }
                }
                entry.value.collect(&names)
            }
        }
    }
}
