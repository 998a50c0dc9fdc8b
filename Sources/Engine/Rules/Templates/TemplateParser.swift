/// Compiles templates, and names what is wrong with them.
struct TemplateParser {
    let bot: BotSettings

    /// - Returns: the template as far as it was understood, and everything that was not.
    func parse(_ text: String) -> (template: Template, problems: [TemplateProblem]) {
        let scalars = Array(text.unicodeScalars)
        var pieces: [Template.Piece] = []
        var problems: [TemplateProblem] = []
        var literal = String.UnicodeScalarView()
        var index = 0
        while index < scalars.count {
            guard scalars[index] == "{", index + 1 < scalars.count, scalars[index + 1] == "{" else {
                literal.append(scalars[index])
                index += 1
                continue
            }
            if !literal.isEmpty { pieces.append(.literal(String(literal))) }
            literal = String.UnicodeScalarView()
            var scanner = TemplateScanner(scalars, at: index + 2)
            do throws(TemplateProblem) {
                pieces.append(.expression(try expression(&scanner)))
                index = scanner.index
            } catch {
                // What is never closed is best seen where it opens.
                let isUnclosed = error.offset >= scalars.count
                problems.append(isUnclosed ? TemplateProblem(message: error.message, offset: index) : error)
                index = Self.end(of: scalars, after: index + 2)
            }
        }
        if !literal.isEmpty { pieces.append(.literal(String(literal))) }
        if pieces.count == 1, case .literal(let all)? = pieces.first, all.count > Template.maximumLength {
            problems.append(TemplateProblem(message: "this text is longer than 4,000 characters", offset: 0))
        }
        return (Template(pieces: pieces), problems)
    }

    /// Just after the next `}}`.
    private static func end(of scalars: [Unicode.Scalar], after index: Int) -> Int {
        var index = index
        while index + 1 < scalars.count {
            if scalars[index] == "}", scalars[index + 1] == "}" { return index + 2 }
            index += 1
        }
        return scalars.count
    }

    private func expression(_ scanner: inout TemplateScanner) throws(TemplateProblem) -> Template.Expression {
        let value: ValueName
        let token = try scanner.next()
        let offset = scanner.start
        switch token {
        case .name(let name): value = try Self.value(name, at: offset)
        case .text(let text): value = .quoted(text)
        default:
            throw TemplateProblem(message: "expected a value here, such as sender.name", offset: offset)
        }
        var reader = FilterReader(bot: bot, kind: value.kind)
        while true {
            switch try scanner.next() {
            case .close:
                reader.finish()
                return Template.Expression(value: value, filters: reader.filters, offset: offset)
            case .mark("|"): try reader.read(&scanner)
            default:
                throw TemplateProblem(message: "expected '|' or '}}' here", offset: scanner.start)
            }
        }
    }

    private static func value(_ name: String, at offset: Int) throws(TemplateProblem) -> ValueName {
        if let plain = ValueName.Plain(rawValue: name) { return .plain(plain) }
        if name.hasPrefix("match.") {
            let group = name.dropFirst("match.".count)
            if !group.isEmpty { return .match(String(group)) }
        }
        if ValueName.later.contains(where: { $0.hasSuffix(".") ? (name + ".").hasPrefix($0) : name == $0 }) {
            throw TemplateProblem(
                message: "'\(name)' is not available in this version of Conure", offset: offset)
        }
        if name.hasPrefix("texts.") || name.hasPrefix("words.") {
            throw TemplateProblem(message: "\(quoted(name)) cannot stand inside a text", offset: offset)
        }
        let known = ValueName.Plain.allCases.map(\.rawValue)
        if let meant = nearest(to: name, among: known) {
            throw TemplateProblem(message: "unknown value \(quoted(name))", offset: offset, suggestion: meant)
        }
        let root = name.split(separator: ".").first.map(String.init) ?? name
        let below = known.filter { $0.hasPrefix(root + ".") }
        let expected = (below.isEmpty ? known + ["match.NAME"] : below).joined(separator: ", ")
        throw TemplateProblem(message: "unknown value \(quoted(name)), there is: \(expected)", offset: offset)
    }
}
