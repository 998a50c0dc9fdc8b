import MicroChatWire
import Testing

@testable import MicroChatServer

struct `QR codes` {
    /// What another program (segno 1.6) draws for the same bytes, version, level and mask: SHA-256 of its rows as
    /// zeros and ones with line feeds between. The bytes fill the code.
    @Test(
        arguments: [
            (1, .low, 17, 1, "ca32f517bbfd50a02b78855caa5520c485460f9f64bfef12054e8b70ee5a270a"),
            (1, .medium, 14, 4, "1f419e8a01e7713bdc0a39cd610589b4b016a73c493e30dba6d6183543c046cf"),
            (2, .low, 32, 2, "cb96f48ef1038625cf8d3867cb5aaf736d5f8fb3e4b3b4f1d418f08bd7b64bd4"),
            (2, .medium, 26, 5, "e37eeed687963b2f40579c803971ae97c27c646eb147bed874d497b679daea8f"),
            (3, .low, 53, 3, "e4ab543d0a0df1f38c1581646c699fdfb0e7a01a9ee6af490833bdc290390c91"),
            (3, .medium, 42, 6, "e91c33765b51d78d3eadb534b401246ba058ec8d58822e88715ecb7bc618e4be"),
            (4, .low, 78, 4, "28c59c02a508a3db94f015cc81c2ff6695cd75ad99f505c962f3e350a0291456"),
            (4, .medium, 62, 7, "cb60fa3887369304f8a4fcd5adf36cb06e820dcabd01d382712390913c6891a1"),
            (5, .low, 106, 5, "3bf464b3d507651c6fcc7e9a2b617fbcaa1609fc985b072f7fce77871e97a915"),
            (5, .medium, 84, 0, "b3d25692fb7949215b52fc57b0bc26a5e8722a1f1fffa09330ae6188dcb09349"),
            (6, .low, 134, 6, "83fc4c0a5c400a684de3202246d098d25fcd2f1e86b3165091555398c81d7733"),
            (6, .medium, 106, 1, "45966a8367893428d5692067224ec9b8a44cf5faeac7859335e2afd3176f4169"),
            (7, .low, 154, 7, "c16ffb4c85ac7471d0649eec5fd83da5f7b8be1240f6566412cd18442f88af3e"),
            (7, .medium, 122, 2, "2c25a1c1dd1044e2806eae9e6efb8c484595008f2d54210b29622c4cc26c0dc9"),
            (8, .low, 192, 0, "38bdc6abae7b396425a654497ea9bf9fdfad15311853f6e3cfeea70d7eaa1e5f"),
            (8, .medium, 152, 3, "7a236c1426601927a8dff9032fd470fab735c7c68a0f639282703cf27b29e03c"),
            (9, .low, 230, 1, "9a69293150d8fc9cd343a264e07229ddfe28463e37fe78210a3ab6c01eeb5a27"),
            (9, .medium, 180, 4, "9c368928053d6591a278c34aad5fc8579a3a7179590f57b8c6da79665ed10feb"),
            (10, .low, 271, 2, "52d9260e2de8219708aac7b6331984ee7eea03e512a138155a81c022a70666a0"),
            (10, .medium, 213, 5, "e5d0e40eb0e4c1cb87756aa12597b9fefb78eb0147e91e13a30b832d17dc6afe"),
        ] as [(Int, QRCode.Level, Int, Int, String)])
    func `are drawn as others draw them`(
        version: Int, level: QRCode.Level, count: Int, mask: Int, digest: String
    )
        throws
    {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 37 + version) }
        let code = try #require(QRCode(bytes, level: level, mask: mask))
        #expect(code.size == version * 4 + 17)
        let rows = code.modules.map { String($0.map { $0 ? "1" : "0" }) }.joined(separator: "\n")
        #expect(try SHA256.hex(Array(rows.utf8)) == digest)
    }

    @Test func `take the mask that reads best, and refuse what does not fit`() throws {
        let bytes = Array("microchat:login/0123456789abcdefghijkl".utf8)
        let best = try #require(QRCode(bytes))
        #expect(best.size == 29)
        #expect(best.modules == QRCode(bytes, level: .medium, mask: 2)?.modules)
        #expect(QRCode([UInt8](repeating: 1, count: 271)) != nil)
        #expect(QRCode([UInt8](repeating: 1, count: 272)) == nil)
    }

    @Test func `are pictures that say how large they are`() throws {
        let png = try #require(QRCode(Array("x".utf8))).png(pixelsPerModule: 3)
        let picture = try #require(Picture(png))
        #expect(picture.contentType == "image/png")
        // 21 modules and a margin of four on either side.
        #expect(Array(png[16..<24]) == [0, 0, 0, 87, 0, 0, 0, 87])
        // One row of filter and pixels after the other; dark is black.
        let data = try #require(png.firstRange(of: Array("IDAT".utf8)))
        let length = png[data.lowerBound - 4..<data.lowerBound].reduce(0) { $0 << 8 | Int($1) }
        let rows = try Compression.inflate(
            Array(png[data.upperBound..<data.upperBound + length]), length: 87 * 12)
        #expect(rows[0..<12].elementsEqual([0] + [UInt8](repeating: 0xFF, count: 11)))
        let firstDark = rows[12 * 12..<13 * 12]
        // Twelve light ones, then the finder's seven modules of three.
        #expect(firstDark.elementsEqual([0, 0xFF, 0xF0, 0, 0] + firstDark.suffix(7)))
        for cut in [0, 10, png.count - 1] { #expect(Picture(Array(png.prefix(cut))) == nil) }
    }
}
