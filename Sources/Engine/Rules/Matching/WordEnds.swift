/// Whether a keyword stands alone in a text. Scripts that write without spaces have no words to tell apart, so only an
/// end of the keyword that is a letter or digit of a script with spaces asks for a boundary beside it.
enum WordEnds {
    /// Whether the keyword, which is found at `start`, has no letter beside it that would make it part of a longer word.
    static func stands(_ keyword: [UInt8], at start: Int, in text: [UInt8]) -> Bool {
        let before = String(decoding: text[..<start].suffix(4), as: UTF8.self).unicodeScalars.last
        let after = String(decoding: text[(start + keyword.count)...].prefix(4), as: UTF8.self)
            .unicodeScalars.first
        let scalars = String(decoding: keyword, as: UTF8.self).unicodeScalars
        if let first = scalars.first, let before, isWordPart(first), isWordPart(before) { return false }
        if let last = scalars.last, let after, isWordPart(last), isWordPart(after) { return false }
        return true
    }

    /// Whether the keyword stands alone anywhere.
    static func occurs(_ keyword: [UInt8], in text: [UInt8]) -> Bool {
        guard let first = keyword.first, keyword.count <= text.count else { return false }
        for start in 0...(text.count - keyword.count) where text[start] == first {
            if text[start..<start + keyword.count].elementsEqual(keyword),
                stands(keyword, at: start, in: text)
            {
                return true
            }
        }
        return false
    }

    /// A letter, mark or digit of a script that puts spaces between words.
    private static func isWordPart(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        case 0..<0xAA: false
        // Thai and its neighbours, then everything from the radicals of Chinese on to Hangul's end, write without.
        case 0x0E00...0x0EFF, 0x1000...0x109F, 0x1780...0x17FF, 0x2E80...0xD7FF, 0xF900...0xFAFF,
            0xFF66...0xFF9F, 0x20000...0x3FFFF:
            false
        default: scalar.properties.isAlphabetic || scalar.properties.numericType != nil
        }
    }
}
