import MicroChatWire
import Testing

struct `What is kept at rest` {
    private let key = SealingKey.random()
    private let context = Array("bot\0session".utf8)

    @Test(arguments: [0, 1, 15, 16, 17, 1000])
    func `opens as it was sealed`(length: Int) throws {
        let plaintext = [UInt8](repeating: 7, count: length)
        let sealed = try key.seal(plaintext, context: context)
        #expect(sealed.count == length + 28)
        #expect(try key.open(sealed, context: context) == plaintext)
        #expect(try key.seal(plaintext, context: context) != sealed)
        #expect(try SealingKey(bytes: key.bytes).open(sealed, context: context) == plaintext)
    }

    @Test func `does not open once anything about it changed`() throws {
        let sealed = try key.seal([1, 2, 3], context: context)
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 1
            #expect(throws: WireError.undecipherable) { try key.open(changed, context: context) }
        }
        for length in 0..<sealed.count {
            #expect(throws: WireError.undecipherable) {
                try key.open(Array(sealed.prefix(length)), context: context)
            }
        }
        #expect(throws: WireError.undecipherable) { try key.open(sealed + [0], context: context) }
    }

    @Test func `does not open elsewhere or with another key`() throws {
        let sealed = try key.seal([1, 2, 3], context: context)
        #expect(throws: WireError.undecipherable) {
            try key.open(sealed, context: Array("other\0session".utf8))
        }
        #expect(throws: WireError.undecipherable) { try SealingKey.random().open(sealed, context: context) }
        #expect(throws: WireError.key) { try SealingKey(bytes: [1]) }
    }

    @Test func `is what the cipher's published example says`() throws {
        // Test case 14 of the GCM specification: a key, a nonce and a block of zeros.
        let key = try SealingKey(bytes: [UInt8](repeating: 0, count: 32))
        let sealed =
            [UInt8](repeating: 0, count: 12)
            + [
                0xCE, 0xA7, 0x40, 0x3D, 0x4D, 0x60, 0x6B, 0x6E, 0x07, 0x4E, 0xC5, 0xD3, 0xBA, 0xF3, 0x9D,
                0x18,
            ]
            + [
                0xD0, 0xD1, 0xC8, 0xA7, 0x99, 0x99, 0x6B, 0xF0, 0x26, 0x5B, 0x98, 0xB5, 0xD4, 0x8A, 0xB9,
                0x19,
            ]
        #expect(try key.open(sealed, context: []) == [UInt8](repeating: 0, count: 16))
    }

    @Test func `has a key that prints as nothing`() { #expect("\(key)" == "redacted") }
}
