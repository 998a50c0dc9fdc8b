/// A plaintext made ready for a packet: perhaps compressed, then encrypted (MicroChat wire protocol, section 7).
struct SealedBody {
    /// From here on compressing is worth its time (section 7.2).
    static let compressionThreshold = 256
    /// What is larger is tried on a part of it first: pictures and their like take long and get no shorter.
    private static let trialThreshold = 32 << 10
    private static let trial = 4 << 10

    let isCompressed: Bool
    let rawLength: UInt32
    let packedLength: UInt32
    let bytes: [UInt8]

    /// - Parameter compressing: whether it may be compressed; it is only if that makes it shorter.
    init(_ plaintext: [UInt8], key: SymmetricKey, compressing: Bool) throws(WireError) {
        var packed = plaintext
        var isCompressed = false
        if compressing, try Self.isWorthCompressing(plaintext) {
            let deflated = try Compression.deflate(plaintext)
            if deflated.count < plaintext.count {
                packed = deflated
                isCompressed = true
            }
        }
        guard let raw = UInt32(exactly: plaintext.count), let length = UInt32(exactly: packed.count) else {
            throw .tooLarge
        }
        self.isCompressed = isCompressed
        rawLength = raw
        packedLength = length
        bytes = try key.seal(packed)
    }

    private static func isWorthCompressing(_ plaintext: [UInt8]) throws(WireError) -> Bool {
        guard plaintext.count >= trialThreshold else { return plaintext.count >= compressionThreshold }
        let middle = plaintext.count / 2
        let part = Array(plaintext[middle..<middle + trial])
        return try Compression.deflate(part).count < trial * 9 / 10
    }
}

extension Packet {
    /// Decrypts the body, inflates it if need be, and checks its length.
    ///
    /// - Parameter strict: checks the packed length too, which says nothing that the body itself does not: a server
    ///   refuses a request that contradicts itself, a client takes what it can read.
    /// - Parameter limit: what it may inflate to.
    package func openBody(
        with key: SymmetricKey, strict: Bool = false, limit: Int = Compression.limit
    ) throws(WireError) -> [UInt8] {
        guard rawLength <= limit else { throw .compression }
        guard cipher == .aes else { throw .packet(.cipher(cipher.rawValue)) }
        let packed = try key.open(body)
        if strict, packed.count != packedLength { throw .undecipherable }
        if isCompressed { return try Compression.inflate(packed, length: Int(rawLength)) }
        guard packed.count == rawLength else { throw .undecipherable }
        return packed
    }
}
