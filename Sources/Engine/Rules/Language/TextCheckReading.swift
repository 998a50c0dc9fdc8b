import Foundation

extension Reading {
    /// One text key with its values; nil if there are errors, which are noted.
    func textCheck(
        _ kind: TextCheck.Kind, _ node: Node, _ vocabulary: Vocabulary, _ options: CheckOptions,
        name: String? = nil, isNegated: Bool = false
    ) -> TextCheck? {
        let before = errorCount
        let values = textValues(node, vocabulary)
        guard let check = textCheck(kind, values, options, name: name ?? kind.rawValue, isNegated: isNegated),
            errorCount == before
        else { return nil }
        return check
    }

    /// A check for each of the values of a key, which must all hold.
    func textChecks(
        _ kind: TextCheck.Kind, all node: Node, _ vocabulary: Vocabulary, _ options: CheckOptions,
        name: String
    ) -> [TextCheck]? {
        let before = errorCount
        let checks = textValues(node, vocabulary).compactMap { value in
            textCheck(kind, [value], options, name: name, isNegated: false)
        }
        return errorCount == before ? checks : nil
    }

    private func textCheck(
        _ kind: TextCheck.Kind, _ values: [(text: String, node: Node)], _ options: CheckOptions, name: String,
        isNegated: Bool
    ) -> TextCheck? {
        let before = errorCount
        var keywords: [[UInt8]] = []
        var patterns: [Pattern] = []
        for (text, item) in values {
            if kind == .matches {
                if let pattern = pattern(text, item, options) { patterns.append(pattern) }
            } else {
                let keyword = keyword(text, kind, options)
                if keyword.isEmpty {
                    error("nothing is left of this text without its blanks", at: item.position)
                }
                keywords.append(keyword)
            }
        }
        guard errorCount == before else { return nil }
        let isFolded = kind != .matches && options.ignoresCase
        defer { textCheckCount += 1 }
        return TextCheck(
            number: textCheckCount, kind: kind,
            form: Alike.Form(normalised: options.normalises, folded: isFolded),
            keywords: keywords, patterns: patterns, name: name,
            wantsWholeWords: options.wholeWords && kind != .matches, isNegated: isNegated)
    }

    /// The texts of a key, with `words.X` in place; each with the node that named it.
    private func textValues(_ node: Node, _ vocabulary: Vocabulary) -> [(text: String, node: Node)] {
        let items = list(node)
        if items.isEmpty { error("expected a text or a list of texts", at: node.position) }
        return items.flatMap { item -> [(text: String, node: Node)] in
            guard let name = item.reference("words") else {
                return text(item).map { [($0, item)] } ?? []
            }
            if let words = vocabulary.words[name] { return words.map { ($0, item) } }
            undefined(
                "words", name, at: item.position, among: vocabulary.words.keys,
                unless: !vocabulary.knowsAllWords)
            return []
        }
    }

    /// How the text keys of one trigger compare.
    struct CheckOptions {
        var ignoresCase = true
        var normalises = true
        var wholeWords = false
    }

    /// Notes a reference to nothing.
    func undefined(
        _ kind: String, _ name: String, at position: Position, among names: some Sequence<String>,
        unless isForgiven: Bool
    ) {
        // Where the whole map could not be read, its names are not missing.
        if isForgiven { return }
        let meant = nearest(to: name, among: names).map { "\(kind).\($0)" }
        error("\(kind).\(name) is not defined", at: position, suggestion: meant)
    }

    private func keyword(_ text: String, _ kind: TextCheck.Kind, _ options: CheckOptions) -> [UInt8] {
        var text = text
        if options.normalises {
            text = Alike.normalised(text)
            // The message has no blanks at its ends, so a keyword that is compared with an end has none there.
            switch kind {
            case .says: text = Alike.trimmed(text)
            case .startsWith: text = String(text.drop(while: \.isWhitespace))
            case .endsWith: text = Alike.trimmedEnd(text)
            case .contains, .matches: break
            }
        }
        return Array((options.ignoresCase ? Alike.folded(text) : text).utf8)
    }

    func pattern(_ text: String, _ node: Node, _ options: CheckOptions) -> Pattern? {
        do throws(PatternTranslation.Problem) {
            let translated = try PatternTranslation.translate(text, normalising: options.normalises)
            do throws(Pattern.Problem) {
                return try Pattern(translated, ignoringCase: options.ignoresCase)
            } catch {
                // RE2 speaks of what it was given.
                let message = error.message.replacing("(?P<", with: "(?<")
                let part = error.part.replacing("(?P<", with: "(?<")
                let offset = text.range(of: part).map { text.unicodeScalars[..<$0.lowerBound].count }
                throw PatternTranslation.Problem(
                    message: "this is not a regular expression: \(message)", offset: offset ?? 0)
            }
        } catch {
            self.error(
                error.message, at: node.position(ofCharacter: error.offset, in: source(of: node.position)))
            return nil
        }
    }
}
