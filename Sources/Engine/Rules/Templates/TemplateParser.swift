/// Compiles templates, and names what is wrong with them.
struct TemplateParser {
    let bot: BotSettings
    let names: KnownNames

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
            var parser = ExpressionParser(
                bot: bot, names: names, scanner: TemplateScanner(scalars, at: index + 2))
            do throws(TemplateProblem) {
                pieces.append(.expression(try parser.insertion()))
                index = parser.index
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

    /// Compiles one expression that is true or false, with `{{ }}` around it or without.
    func condition(_ text: String) throws(TemplateProblem) -> Expression {
        var scalars = Array(text.unicodeScalars)
        var start = 0
        while start < scalars.count, scalars[start].properties.isWhitespace { start += 1 }
        if scalars[start...].starts(with: "{{".unicodeScalars) {
            start += 2
        } else {
            scalars += "}}".unicodeScalars
        }
        var parser = ExpressionParser(bot: bot, names: names, scanner: TemplateScanner(scalars, at: start))
        let expression = try parser.condition()
        if scalars[parser.index...].contains(where: { !$0.properties.isWhitespace }) {
            throw TemplateProblem(message: "expected nothing after '}}'", offset: parser.index)
        }
        return expression
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
}
