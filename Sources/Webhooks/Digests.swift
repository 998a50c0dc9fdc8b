import CSystemLibraries.OpenSSL

/// What OpenSSL computes for proofs. Nil only if it has no memory left.
enum Digests {
    private static let length = 32

    /// HMAC-SHA-256 (RFC 2104).
    static func authenticationCode(of message: [UInt8], under secret: WebhookSecret) -> [UInt8]? {
        var output = [UInt8](repeating: 0, count: length)
        var written: UInt32 = 0
        let key = secret.bytes
        let code = unsafe HMAC(
            EVP_sha256(), key, Int32(clamping: key.count), message, message.count, &output, &written)
        return unsafe code != nil && written == length ? output : nil
    }

    /// Whether both are the same, in a time that says nothing about where they differ or how long they are.
    static func areEqual(_ one: [UInt8], _ other: [UInt8]) -> Bool {
        guard let one = digest(of: one), let other = digest(of: other) else { return false }
        return unsafe CRYPTO_memcmp(one, other, length) == 0
    }

    private static func digest(of input: [UInt8]) -> [UInt8]? {
        var output = [UInt8](repeating: 0, count: length)
        var written: UInt32 = 0
        let result = unsafe EVP_Digest(input, input.count, &output, &written, EVP_sha256(), nil)
        return result == 1 && written == length ? output : nil
    }
}
