import Glibc

/// One text key of a trigger, with all that may satisfy it: any one is enough.
struct TextCheck: Sendable {
    enum Kind: String, Sendable, CaseIterable {
        case says
        case contains
        case startsWith = "starts_with"
        case endsWith = "ends_with"
        case matches
    }

    /// Its place among all text keys of the rules, by which the index knows it.
    let number: Int
    let kind: Kind
    /// The form of the message that it looks at.
    let form: Alike.Form
    /// For all but `matches`: UTF-8 in the same form.
    let keywords: [[UInt8]]
    /// For `matches`.
    let patterns: [Pattern]
    /// The key in the rules file that it comes from.
    let name: String
    /// Whether a keyword has to stand alone where it begins or ends with a letter of a script that has spaces.
    var wantsWholeWords = false
    /// Whether it must not hold.
    var isNegated = false

    /// Whether the text satisfies the key.
    ///
    /// - Returns: the named groups, empty but for `matches`; nil if it does not.
    func check(_ view: inout EventView) -> [String: String]? {
        let found = find(&view)
        guard isNegated else { return found }
        return found == nil ? [:] : nil
    }

    private func find(_ view: inout EventView) -> [String: String]? {
        if let scan = view.scan {
            // The index has looked already; of an expression it only knows that it may match.
            guard scan.holds(number) else { return nil }
            if kind != .matches, !wantsWholeWords { return [:] }
        }
        let text = view.bytes(form)
        if wantsWholeWords { return holdsWholeWord(text) ? [:] : nil }
        let holds =
            switch kind {
            case .says: keywords.contains { $0 == text }
            case .contains: keywords.contains { Self.contains(text, $0) }
            case .startsWith: keywords.contains { text.starts(with: $0) }
            case .endsWith: keywords.contains { text.suffix($0.count).elementsEqual($0) }
            case .matches: false
            }
        if holds { return [:] }
        for pattern in patterns {
            if let groups = pattern.match(text) { return groups }
        }
        return nil
    }

    private func holdsWholeWord(_ text: [UInt8]) -> Bool {
        keywords.contains { keyword in
            switch kind {
            case .says: keyword == text
            case .startsWith: text.starts(with: keyword) && WordEnds.stands(keyword, at: 0, in: text)
            case .endsWith:
                text.suffix(keyword.count).elementsEqual(keyword)
                    && WordEnds.stands(keyword, at: text.count - keyword.count, in: text)
            default: WordEnds.occurs(keyword, in: text)
            }
        }
    }

    private static func contains(_ text: [UInt8], _ keyword: [UInt8]) -> Bool {
        guard let first = keyword.first, keyword.count <= text.count else { return keyword.isEmpty }
        return unsafe text.withUnsafeBytes { text in
            unsafe keyword.withUnsafeBytes { keyword in
                guard var place = text.baseAddress, let keywordStart = keyword.baseAddress else {
                    return false
                }
                // The last place where the keyword still fits, and one more.
                let end = unsafe place + (text.count - keyword.count + 1)
                while let found = unsafe memchr(place, Int32(first), end - place) {
                    if unsafe memcmp(found, keywordStart, keyword.count) == 0 { return true }
                    unsafe place = UnsafeRawPointer(found) + 1
                }
                return false
            }
        }
    }
}
