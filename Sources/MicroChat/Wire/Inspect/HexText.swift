/// Bytes written as text, as the usual tools print them.
///
/// Plain hex digits may be broken and spaced anywhere, with `:`, `,` or `0x` between bytes. A dump has an offset at the
/// start of each line and may have the characters after the bytes: that of `xxd`, `hexdump -C`, `tcpdump -x` and `-X`,
/// and of Wireshark's "as hex dump".
package enum HexText {
    /// The bytes as lower-case digits.
    static func digits(_ bytes: some Sequence<UInt8>) -> String {
        let alphabet = Array("0123456789abcdef".utf8)
        return String(
            decoding: bytes.flatMap { [alphabet[Int($0 >> 4)], alphabet[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// Whether an input is text rather than the bytes themselves: those always hold bytes that no text has, but for
    /// HTTP, which is known by its first line.
    static func isText(_ input: [UInt8]) -> Bool {
        !HTTPMessage.begins(input[...])
            && input.allSatisfy { (0x20..<0x7F).contains($0) || (0x09...0x0D).contains($0) }
    }

    /// The bytes that a text stands for.
    ///
    /// - Throws: a fault whose offset is how many bytes were read, and whose text names line and column.
    static func bytes(of input: [UInt8]) throws(InspectionFault) -> [UInt8] {
        let lines = String(decoding: input, as: UTF8.self).split(
            omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        let dump = lines.map(DumpLine.init)
        if dump.contains(where: { $0 != nil }) { return try bytes(of: dump) }
        return try bytes(ofPlain: lines)
    }

    private static func bytes(ofPlain lines: [Substring]) throws(InspectionFault) -> [UInt8] {
        var bytes: [UInt8] = []
        var half: UInt8?
        for (number, line) in lines.enumerated() {
            var rest = line
            while let character = rest.first {
                let isPrefix = half == nil && (rest.hasPrefix("0x") || rest.hasPrefix("0X"))
                if isPrefix {
                    rest = rest.dropFirst(2)
                } else if character.isWhitespace || character == ":" || character == "," {
                    rest = rest.dropFirst()
                } else if character.isASCII, let digit = character.hexDigitValue {
                    rest = rest.dropFirst()
                    if let high = half {
                        bytes.append(high << 4 | UInt8(digit))
                        half = nil
                    } else {
                        half = UInt8(digit)
                    }
                } else {
                    let column = line.count - rest.count + 1
                    throw InspectionFault(
                        offset: bytes.count,
                        text:
                            "expected a hex digit, found '\(character)' in line \(number + 1), column \(column)"
                    )
                }
            }
        }
        guard half == nil else {
            throw InspectionFault(offset: bytes.count, text: "expected a second hex digit, found the end")
        }
        return bytes
    }

    /// The bytes of all lines that are a dump's; each must go on where the one before ended, or begin again at 0.
    private static func bytes(of lines: [DumpLine?]) throws(InspectionFault) -> [UInt8] {
        var pieces: [[UInt8]] = []
        var isTCPDump = false
        for (number, line) in lines.enumerated() {
            guard let line else { continue }
            isTCPDump = isTCPDump || line.isTCPDump
            if pieces.isEmpty || line.offset == 0 && pieces.last?.isEmpty == false { pieces.append([]) }
            let expected = pieces[pieces.count - 1].count
            guard line.offset == expected else {
                throw InspectionFault(
                    offset: pieces.reduce(0) { $0 + $1.count },
                    text: "expected a line with the offset 0x\(String(expected, radix: 16)), "
                        + "found 0x\(String(line.offset, radix: 16)) in line \(number + 1)")
            }
            pieces[pieces.count - 1] += line.bytes
        }
        return pieces.flatMap { isTCPDump ? IPPacket.payload(of: $0) : $0[...] }
    }
}

extension SymmetricKey {
    /// A key that somebody typed: 32 hex digits, or its 16 characters if they are printable. Nil if it is neither.
    package init?(text: String) {
        let characters = Array(text.utf8)
        if characters.count == Self.length, characters.allSatisfy({ (0x20..<0x7F).contains($0) }) {
            try? self.init(bytes: characters)
        } else if characters.count == 2 * Self.length, text.allSatisfy({ $0.isASCII && $0.isHexDigit }),
            let bytes = try? HexText.bytes(of: characters)
        {
            try? self.init(bytes: bytes)
        } else {
            return nil
        }
    }
}
