import Engine
import Testing

@Suite struct `The quick way to make texts alike` {
    private static let repertoire: [ClosedRange<UInt32>] = [
        0x00...0x7F, 0x2018...0x201D, 0x3000...0x3029, 0x3041...0x3096, 0x30A1...0x30FA, 0x3400...0x4DBF,
        0x4E00...0x9FFF, 0xAC00...0xD7A3, 0xFF01...0xFF5E,
    ]

    @Test(arguments: [false, true], [false, true])
    func `is the long way, faster`(normalised: Bool, folded: Bool) throws {
        let form = Alike.Form(normalised: normalised, folded: folded)
        // Every simple character, between neighbours that would join it if any could.
        for scalar in Self.repertoire.joined().compactMap(Unicode.Scalar.init) {
            for text in ["\(scalar)", "A\(scalar)e", "가\(scalar)か", " \(scalar) \r\n"] {
                // A full-width character is simple only where it is made half-width.
                guard let quick = Alike.quickBytes(of: text, form) else {
                    try #require(!normalised && scalar.value >= 0x3000)
                    continue
                }
                try #require(quick == Alike.slowBytes(of: text, form), "U+\(String(scalar.value, radix: 16))")
            }
        }
    }

    @Test(arguments: [
        "é", "e\u{301}", "\u{AC00}\u{11A8}", "か\u{3099}", "\u{A0}x", "ﬁ", "👍", "\u{1100}\u{1161}",
    ])
    func `leaves to the long way what it does not know`(text: String) {
        #expect(Alike.quickBytes(of: text, Alike.Form(normalised: true, folded: true)) == nil)
    }
}
