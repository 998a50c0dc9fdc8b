package import BotKit

/// A place where rules call a handler, to be compared with what handlers there are once that is known.
package struct HandlerUse: Sendable {
    /// Its message is for whoever finds fault with it.
    package let place: Finding
    package let handler: String
    package let arguments: [Argument]

    /// What is passed on.
    package struct Argument: Sendable {
        package let name: String
        package let place: Finding
        /// Where its value stands, and the value itself; nil where that is only known when the rule runs.
        package let literal: (place: Finding, value: Value)?
    }
}

extension Reading {
    /// `call: Orders.lookup`, with what stands beside it.
    func call(_ node: Node, _ fields: Fields, _ context: RuleContext) -> Act? {
        let before = errorCount
        let name = text(node)
        if let name, !Self.isHandlerName(name) {
            error(
                "\(quoted(name)) is no handler, expected a name such as Orders.lookup", at: node.position)
        }
        var arguments: [(name: String, value: Payload.JSONTemplate)] = []
        var passed: [HandlerUse.Argument] = []
        for entry in fields["with"].map(map) ?? [] {
            guard let value = json(entry.value, context) else { continue }
            arguments.append((entry.key, value))
            passed.append(
                HandlerUse.Argument(
                    name: entry.key, place: finding("", at: entry.keyPosition),
                    literal: value.literal.map { (finding("", at: entry.value.position), $0) }))
        }
        let timeout = fields["timeout"].flatMap(length)
        if let timeout, timeout > .seconds(3600), let node = fields["timeout"] {
            error("a handler may take 1h at most", at: node.position)
        }
        let retries = fields["retries"].flatMap { count($0, in: 0...100) }
        guard errorCount == before, let name else { return nil }
        handlerUses.append(
            HandlerUse(place: finding("", at: node.position), handler: name, arguments: passed))
        var call = HandlerCall(handler: name, arguments: arguments, bot: context.bot)
        call.timeout = timeout ?? call.timeout
        call.retries = retries ?? call.retries
        return .call(call)
    }

    /// Letters, digits, `-` and `_`, in two parts or more.
    static func isHandlerName(_ text: String) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count > 1 && parts.allSatisfy { isName(String($0)) }
    }
}

extension Payload.JSONTemplate {
    /// Its value where that does not depend on anything.
    fileprivate var literal: Value? {
        switch self {
        case .value(let template): template.literal.map(Value.text)
        case .fixed(let value): value
        case .list, .map: nil
        }
    }
}

/// What handlers there are, by name.
package struct HandlerCatalog: Sendable {
    private var handlers: [String: HandlerDeclaration] = [:]

    package init(_ declarations: [HandlerDeclaration] = []) {
        handlers = Dictionary(declarations.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// All, by name.
    package var declarations: [HandlerDeclaration] { handlers.values.sorted { $0.name < $1.name } }

    /// What is wrong with the calls of a rules file.
    package func findings(about uses: [HandlerUse]) -> [Finding] { uses.flatMap(findings) }

    private func findings(about use: HandlerUse) -> [Finding] {
        guard let declaration = handlers[use.handler] else {
            return [
                finding(
                    use.place, "no bot has a handler \(quoted(use.handler))",
                    suggestion: nearest(to: use.handler, among: handlers.keys.sorted()))
            ]
        }
        let known = declaration.arguments ?? []
        var findings: [Finding] = []
        for argument in use.arguments {
            guard let declared = known.first(where: { $0.name == argument.name }) else {
                let names = known.map(\.name)
                let meant = nearest(to: argument.name, among: names)
                let takes = names.isEmpty ? "it takes nothing" : "it takes \(names.joined(separator: ", "))"
                findings.append(
                    finding(
                        argument.place,
                        "\(use.handler) takes no \(quoted(argument.name))\(meant == nil ? ", \(takes)" : "")",
                        suggestion: meant))
                continue
            }
            if let (place, value) = argument.literal, let problem = declared.problem(with: value) {
                findings.append(finding(place, problem))
            }
        }
        for missing in known where missing.required {
            if !use.arguments.contains(where: { $0.name == missing.name }) {
                findings.append(
                    finding(use.place, "\(use.handler) needs \(quoted(missing.name)) under 'with'"))
            }
        }
        return findings
    }

    private func finding(_ place: Finding, _ message: String, suggestion: String? = nil) -> Finding {
        var finding = place
        finding.message = message
        finding.suggestion = suggestion
        return finding
    }
}

extension ArgumentDeclaration {
    /// Why a value cannot be passed on; nil if it can. Templates give texts, so a text that reads as a number is one.
    fileprivate func problem(with value: Value) -> String? {
        let isRight: Bool
        switch (type, value) {
        case (.any, _), (.text, .text), (.text, .number), (.text, .flag): isRight = true
        case (.number, _): isRight = value.asNumber != nil
        case (.flag, .flag): isRight = true
        case (.flag, .text(let text)): isRight = ["true", "false", "yes", "no"].contains(text)
        case (.time, .time), (.time, .text), (.time, .number): isRight = true
        case (.list, .list), (.list, .text): isRight = true
        default: isRight = false
        }
        if !isRight { return "\(quoted(name)) is \(kindInWords), and this is \(value.traced)" }
        if let choices, case .text(let text) = value, !choices.contains(text) {
            return "\(quoted(name)) is one of \(choices.joined(separator: ", "))"
        }
        return nil
    }

    private var kindInWords: String {
        switch type {
        case .text: "a text"
        case .number: "a number"
        case .flag: "true or false"
        case .time: "a time"
        case .list: "a list"
        case .any: "anything"
        }
    }
}
