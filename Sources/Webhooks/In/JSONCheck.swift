/// Says whether a text is JSON (RFC 8259), and if not, where it stops being so. It keeps nothing of the text.
struct JSONCheck {
    /// What is wrong, and where: line and column count from 1, columns in characters of Unicode.
    struct Mistake: Error, Hashable {
        let line: Int
        let column: Int
        let reason: String
    }

    /// How many arrays and objects may stand in one another.
    private static let depthLimit = 64

    private let bytes: [UInt8]
    private var position = 0

    /// - Parameter bytes: valid UTF-8.
    static func check(_ bytes: [UInt8]) throws(Mistake) {
        var check = JSONCheck(bytes: bytes)
        check.skipSpace()
        try check.value(depth: 0)
        check.skipSpace()
        if check.next != nil { throw check.mistake("Nothing should follow the value.") }
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func value(depth: Int) throws(Mistake) {
        switch next {
        case UInt8(ascii: "{"): try members(depth: depth + 1)
        case UInt8(ascii: "["): try elements(depth: depth + 1)
        case UInt8(ascii: "\""): try string()
        case UInt8(ascii: "t"): try word("true")
        case UInt8(ascii: "f"): try word("false")
        case UInt8(ascii: "n"): try word("null")
        case UInt8(ascii: "-"), .some(0x30...0x39): try number()
        default: throw mistake("A value should stand here.")
        }
    }

    private mutating func members(depth: Int) throws(Mistake) {
        try begin(depth)
        if take("}") { return }
        repeat {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw mistake("A name in quotes should stand here.") }
            try string()
            skipSpace()
            guard take(":") else { throw mistake("A colon should follow the name.") }
            skipSpace()
            try value(depth: depth)
            skipSpace()
        } while take(",")
        guard take("}") else { throw mistake("A comma or } should stand here.") }
    }

    private mutating func elements(depth: Int) throws(Mistake) {
        try begin(depth)
        if take("]") { return }
        repeat {
            skipSpace()
            try value(depth: depth)
            skipSpace()
        } while take(",")
        guard take("]") else { throw mistake("A comma or ] should stand here.") }
    }

    private mutating func begin(_ depth: Int) throws(Mistake) {
        guard depth <= Self.depthLimit else {
            throw mistake("At most \(Self.depthLimit) arrays and objects may stand in one another.")
        }
        position += 1
        skipSpace()
    }

    private mutating func string() throws(Mistake) {
        position += 1
        while true {
            switch next {
            case UInt8(ascii: "\""):
                position += 1
                return
            case UInt8(ascii: "\\"): try escape()
            case nil: throw mistake("The text has no end.")
            case .some(0..<0x20): throw mistake("A control character in a text should be written as \\u00XX.")
            default: position += 1
            }
        }
    }

    private mutating func escape() throws(Mistake) {
        let start = position
        position += 1
        guard let kind = next, "\"\\/bfnrtu".utf8.contains(kind) else {
            throw mistake("No such character can follow a backslash.")
        }
        position += 1
        guard kind == UInt8(ascii: "u") else { return }
        switch try unit() {
        case 0xD800...0xDBFF:
            guard take("\\"), take("u"), (0xDC00...0xDFFF).contains(try unit()) else { fallthrough }
        case 0xDC00...0xDFFF:
            position = start
            throw mistake("Half of a character stands here.")
        default: break
        }
    }

    /// The four digits of a \u.
    private mutating func unit() throws(Mistake) -> UInt16 {
        let digits = bytes[position..<min(position + 4, bytes.count)]
        guard digits.count == 4, let bytes = Hex.bytes(String(decoding: digits, as: UTF8.self)) else {
            throw mistake("Four hex digits should stand here.")
        }
        position += 4
        return bytes.reduce(0) { $0 << 8 | UInt16($1) }
    }

    private mutating func number() throws(Mistake) {
        _ = take("-")
        if !take("0") { try digits() }
        if take(".") { try digits() }
        if take("e") || take("E") {
            _ = take("+") || take("-")
            try digits()
        }
    }

    private mutating func digits() throws(Mistake) {
        let start = position
        while let digit = next, (0x30...0x39).contains(digit) { position += 1 }
        if position == start { throw mistake("A digit should stand here.") }
    }

    private mutating func word(_ word: String) throws(Mistake) {
        guard bytes[position...].starts(with: word.utf8) else { throw mistake("A value should stand here.") }
        position += word.utf8.count
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private func mistake(_ reason: String) -> Mistake {
        let before = bytes[..<min(position, bytes.count)]
        let line = before.count { $0 == 0x0A } + 1
        let column = before.reversed().prefix { $0 != 0x0A }.count { $0 & 0xC0 != 0x80 } + 1
        return Mistake(line: line, column: column, reason: reason)
    }
}
