/// The forms of most messages, made byte by byte: of ASCII, and of the common characters of Chinese, Japanese and
/// Korean, which have no case and are their own normal form. Any other character takes the long way.
extension Alike {
    /// A text in a form, as UTF-8.
    package static func bytes(of text: String, _ form: Form) -> [UInt8] {
        quickBytes(of: text, form) ?? slowBytes(of: text, form)
    }

    package static func slowBytes(of text: String, _ form: Form) -> [UInt8] {
        var text = text
        if form.normalised { text = trimmed(normalised(text)) }
        if form.folded { text = folded(text) }
        return Array(text.utf8)
    }

    /// Nil if the text holds a character that is not among the simple ones.
    package static func quickBytes(of text: String, _ form: Form) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            var value = scalar.value
            if form.normalised { value = halved(value) }
            if form.folded, (0x41...0x5A).contains(value) { value += 0x20 }
            if value < 0x80 {
                bytes.append(UInt8(truncatingIfNeeded: value))
            } else if isSimple(value) {
                bytes.append(0xE0 | UInt8(truncatingIfNeeded: value >> 12))
                bytes.append(0x80 | UInt8(truncatingIfNeeded: value >> 6) & 0x3F)
                bytes.append(0x80 | UInt8(truncatingIfNeeded: value) & 0x3F)
            } else {
                return nil
            }
        }
        if form.normalised { trim(&bytes) }
        return bytes
    }

    /// A full-width character's half-width one; any other as it is.
    private static func halved(_ value: UInt32) -> UInt32 {
        if (0xFF01...0xFF5E).contains(value) { return value - 0xFEE0 }
        return value == 0x3000 ? 0x20 : value
    }

    /// Three bytes in UTF-8, no case, and changed by NFKC neither alone nor by a simple neighbour.
    private static func isSimple(_ value: UInt32) -> Bool {
        switch value {
        case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x3001...0x3029, 0x3041...0x3096, 0x30A1...0x30FA,
            0xAC00...0xD7A3,
            0x2018...0x201D:
            true
        default: false
        }
    }

    private static func trim(_ bytes: inout [UInt8]) {
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
        while let last = bytes.last, isBlank(last) { bytes.removeLast() }
        let blanks = bytes.prefix(while: isBlank).count
        if blanks > 0 { bytes.removeFirst(blanks) }
    }
}
