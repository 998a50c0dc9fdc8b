/// Which text keys of any rule hold for a text in one form: found by looking at the text once, however many keys there
/// are.
struct TextIndex: Sendable {
    let form: Alike.Form
    /// Whole texts, for `says`.
    private var whole: [[UInt8]: [Int]] = [:]
    /// What `contains`, `starts_with` and `ends_with` look for, by its number in `texts`.
    private let parts: Grouped<Part>
    private let texts: Scanner?
    /// The text keys of each expression, by its number in `expressions`.
    private let owners: Grouped<Int>
    private let expressions: Scanner?
    /// Keys with an expression that can't be scanned for: RE2 has to look.
    private let unscannable: [Int]

    private struct Part {
        let check: Int
        let kind: TextCheck.Kind
        let length: Int
    }

    /// - Parameter checks: all keys of this form.
    init(_ checks: [TextCheck], form: Alike.Form, cache: ScannerCache?) {
        self.form = form
        var textUses: [[UInt8]: [Part]] = [:]
        var expressionUses: [Expression: [Int]] = [:]
        for check in checks {
            for keyword in check.keywords {
                if check.kind == .says {
                    whole[keyword, default: []].append(check.number)
                } else {
                    textUses[keyword, default: []].append(
                        Part(check: check.number, kind: check.kind, length: keyword.count))
                }
            }
            for pattern in check.patterns {
                let expression = Expression(bytes: Array(pattern.text.utf8), ignoresCase: pattern.ignoresCase)
                expressionUses[expression, default: []].append(check.number)
            }
        }
        func compile(_ entries: [Scanner.Entry], _ kind: Scanner.Kind) -> Scanner.Compiled {
            cache?.scanner(entries, kind) ?? Scanner.compile(entries, kind)
        }
        // Each once and in an order of their own: what is compiled depends neither on how many rules want it nor on
        // the order of the rules.
        let keywords = textUses.keys.sorted { $0.lexicographicallyPrecedes($1) }
        parts = Grouped(keywords.map { textUses[$0] ?? [] })
        let compiledTexts = compile(
            keywords.enumerated().map { Scanner.Entry(bytes: $1, number: UInt32(clamping: $0)) }, .texts)
        texts = compiledTexts.scanner
        let wanted = expressionUses.keys.sorted()
        owners = Grouped(wanted.map { expressionUses[$0] ?? [] })
        let compiledExpressions = compile(
            wanted.enumerated().map {
                Scanner.Entry(bytes: $1.bytes, number: UInt32(clamping: $0), ignoresCase: $1.ignoresCase)
            }, .expressions)
        expressions = compiledExpressions.scanner
        let parts = parts
        let owners = owners
        unscannable =
            compiledTexts.left.flatMap { parts[$0].map(\.check) }
            + compiledExpressions.left.flatMap { owners[$0] }
    }

    private struct Expression: Hashable, Comparable {
        let bytes: [UInt8]
        let ignoresCase: Bool

        static func < (one: Expression, other: Expression) -> Bool {
            if one.bytes == other.bytes { return !one.ignoresCase && other.ignoresCase }
            return one.bytes.lexicographicallyPrecedes(other.bytes)
        }
    }

    var scanners: [Scanner] { [texts, expressions].compactMap(\.self) }

    /// Notes every key that holds, and every `matches` that may.
    func look(at text: [UInt8], _ scan: Scan) {
        if let checks = whole[text] { for check in checks { scan.hit(check) } }
        texts?.scan(text, with: scan.scratch) { number, end in
            for part in parts[number] {
                let holds =
                    switch part.kind {
                    case .startsWith: end == part.length
                    case .endsWith: end == text.count
                    default: true
                    }
                if holds { scan.hit(part.check) }
            }
        }
        if Self.foldsToASCII(text) {
            for check in owners.all { scan.hit(check) }
        } else {
            expressions?.scan(text, with: scan.scratch) { number, _ in
                for check in owners[number] { scan.hit(check) }
            }
        }
        for check in unscannable { scan.hit(check) }
    }

    /// The long s and the sign for kelvin are letters of other cases of s and k to RE2, and not to Vectorscan.
    private static func foldsToASCII(_ text: [UInt8]) -> Bool {
        for index in text.indices {
            switch text[index] {
            case 0xC5 where index + 1 < text.count && text[index + 1] == 0xBF: return true
            case 0xE2 where index + 2 < text.count && text[index + 1] == 0x84 && text[index + 2] == 0xAA:
                return true
            default: continue
            }
        }
        return false
    }
}

/// Lists one after the other in one array: as a list each, thousands of short ones would take several times the memory.
private struct Grouped<Element: Sendable>: Sendable {
    let all: [Element]
    /// Where each list ends.
    private let ends: [Int]

    init(_ lists: [[Element]]) {
        all = lists.flatMap(\.self)
        var end = 0
        ends = lists.map { list in
            end += list.count
            return end
        }
    }

    /// The list with this number; empty if there is none.
    subscript(number: UInt32) -> ArraySlice<Element> {
        let index = Int(number)
        guard ends.indices.contains(index) else { return [] }
        return all[(index == 0 ? 0 : ends[index - 1])..<ends[index]]
    }
}
