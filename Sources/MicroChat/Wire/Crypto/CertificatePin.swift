/// The SHA-256 of a whole certificate in DER: names exactly one, whoever issued it.
package struct CertificatePin: Hashable, Sendable, CustomStringConvertible {
    package let bytes: [UInt8]

    /// - Returns: nil unless there are 32 bytes.
    package init?(bytes: [UInt8]) {
        guard bytes.count == SHA256.length else { return nil }
        self.bytes = bytes
    }

    /// The pin of a certificate.
    package init(certificate der: [UInt8]) throws(WireError) { bytes = try SHA256.digest(der) }

    /// Reads 64 hex digits, of any case; colons between them do not count.
    package init?(hex text: some StringProtocol) {
        let digits = text.utf8.filter { $0 != UInt8(ascii: ":") }
        guard digits.count == 2 * SHA256.length else { return nil }
        var bytes: [UInt8] = []
        for start in stride(from: 0, to: digits.count, by: 2) {
            let pair = digits[start..<start + 2]
            // `UInt8(_:radix:)` would take a sign too.
            guard pair.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }),
                let byte = UInt8(String(decoding: pair, as: UTF8.self), radix: 16)
            else { return nil }
            bytes.append(byte)
        }
        self.bytes = bytes
    }

    /// 64 lower-case hex digits.
    package var description: String {
        bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }
}
