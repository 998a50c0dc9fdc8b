/// Which text keys of any rule hold for a text in one form: found by looking at the text once, however many keys there
/// are.
struct TextIndex: Sendable {
    let form: Alike.Form
    /// Whole texts, for `says`.
    private var whole: [[UInt8]: [Int]] = [:]
    /// What `contains`, `starts_with` and `ends_with` look for, by its number in `texts`.
    private var parts: [Part] = []
    private var texts: Scanner?
    /// The text key of each expression, by its number in `expressions`.
    private var owners: [Int] = []
    private var expressions: Scanner?
    /// Keys with an expression that can't be scanned for: RE2 has to look.
    private var unscannable: [Int] = []

    private struct Part {
        let check: Int
        let kind: TextCheck.Kind
        let length: Int
    }

    /// - Parameter checks: all keys of this form.
    init(_ checks: [TextCheck], form: Alike.Form) {
        self.form = form
        var textEntries: [Scanner.Entry] = []
        var expressionEntries: [Scanner.Entry] = []
        for check in checks {
            for keyword in check.keywords {
                guard check.kind != .says else {
                    whole[keyword, default: []].append(check.number)
                    continue
                }
                textEntries.append(Scanner.Entry(bytes: keyword, number: UInt32(clamping: parts.count)))
                parts.append(Part(check: check.number, kind: check.kind, length: keyword.count))
            }
            for pattern in check.patterns {
                expressionEntries.append(
                    Scanner.Entry(
                        bytes: Array(pattern.text.utf8), number: UInt32(clamping: owners.count),
                        ignoresCase: pattern.ignoresCase))
                owners.append(check.number)
            }
        }
        var left: [UInt32]
        (texts, left) = Scanner.compile(textEntries, .texts)
        unscannable = left.map { parts[Int($0)].check }
        (expressions, left) = Scanner.compile(expressionEntries, .expressions)
        unscannable += left.map { owners[Int($0)] }
    }

    var scanners: [Scanner] { [texts, expressions].compactMap(\.self) }

    /// Notes every key that holds, and every `matches` that may.
    func look(at text: [UInt8], _ scan: Scan) {
        if let checks = whole[text] { for check in checks { scan.hit(check) } }
        texts?.scan(text, with: scan.scratch) { number, end in
            let part = parts[Int(number)]
            let holds =
                switch part.kind {
                case .startsWith: end == part.length
                case .endsWith: end == text.count
                default: true
                }
            if holds { scan.hit(part.check) }
        }
        if Self.foldsToASCII(text) {
            for check in owners { scan.hit(check) }
        } else {
            expressions?.scan(text, with: scan.scratch) { number, _ in scan.hit(owners[Int(number)]) }
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
