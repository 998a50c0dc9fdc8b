import MicroChatWire

/// A password as it is kept: the scrypt hash of the digest in which it travels, and its salt.
struct PasswordHash: Sendable, Redacted {
    let salt: [UInt8]
    let hash: [UInt8]

    init(salt: [UInt8], hash: [UInt8]) {
        self.salt = salt
        self.hash = hash
    }

    /// Hashes a digest under a fresh salt. Blocks for milliseconds.
    init(of digest: PasswordDigest) throws {
        salt = Randomness.bytes(16)
        hash = try Scrypt.moderate.hash(Array(digest.hex.utf8), salt: salt)
    }

    /// Whether it is the hash of this digest. Blocks for milliseconds.
    func matches(_ digest: PasswordDigest) throws -> Bool {
        ConstantTime.areEqual(try Scrypt.moderate.hash(Array(digest.hex.utf8), salt: salt), hash)
    }
}
