import MicroChatWire
import Synchronization

/// A password as it is kept: the scrypt hash of the digest in which it travels, and its salt.
struct PasswordHash: Hashable, Sendable, Redacted {
    let salt: [UInt8]
    /// One byte, the power of two that scrypt's cost is, and the 32 bytes of the hash. Without the first the cost is 4096.
    let hash: [UInt8]

    /// Takes what was kept.
    init(salt: [UInt8], hash: [UInt8]) {
        self.salt = salt
        self.hash = hash
    }

    /// Hashes a digest under a fresh salt. Blocks for milliseconds.
    init(of digest: PasswordDigest) throws {
        salt = Randomness.bytes(16)
        let scrypt = Scrypt.moderate
        let exponent = UInt8(scrypt.cost.trailingZeroBitCount)
        hash = [exponent] + (try scrypt.hash(Array(digest.hex.utf8), salt: salt))
    }

    /// Whether it is the hash of this digest. Blocks for milliseconds.
    func matches(_ digest: PasswordDigest) throws -> Bool {
        var scrypt = Scrypt.moderate
        let exponent = hash.count == 33 ? min(hash[0], 20) : 12
        scrypt.cost = 1 << UInt64(exponent)
        return ConstantTime.areEqual(
            try scrypt.hash(Array(digest.hex.utf8), salt: salt), Array(hash.suffix(32)))
    }
}

/// Passwords that have proved right, so that who comes again costs no scrypt: all clients come again at once after the
/// network was gone for a moment. In memory only, and under a key that dies with the process.
final class ProvenPasswords: Sendable {
    private let key = SymmetricKey.random()
    private let proofs: Mutex<RecentlyUsed<PasswordHash, [UInt8]>>

    /// - Parameter capacity: how many are remembered at least.
    init(capacity: Int) { proofs = Mutex(RecentlyUsed(capacity: capacity)) }

    /// Whether the digest is the password of this hash. Blocks for milliseconds unless it has been proved before.
    func matches(_ digest: PasswordDigest, _ password: PasswordHash) throws -> Bool {
        let proof = try SHA256.authenticationCode(of: Array(digest.hex.utf8), key: key)
        if let known = proofs.withLock({ $0[password] }), ConstantTime.areEqual(known, proof) { return true }
        guard try password.matches(digest) else { return false }
        proofs.withLock { $0[password] = proof }
        return true
    }
}
