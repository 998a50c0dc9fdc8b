import CSystemLibraries.OpenSSL

/// SHA-256, where Conure's own additions to the protocol use it.
package enum SHA256 {
    /// How long a digest is.
    package static let length = 32

    /// The digest of bytes that need no secret.
    package static func digest(_ input: [UInt8]) throws(WireError) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: length)
        var written: UInt32 = 0
        guard unsafe EVP_Digest(input, input.count, &output, &written, EVP_sha256(), nil) == 1,
            written == length
        else { throw OpenSSLErrors.cleared(.library("SHA-256")) }
        return output
    }

    /// HMAC-SHA-256 (RFC 2104).
    static func authenticationCode(of message: [UInt8], key: SymmetricKey) throws(WireError) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: length)
        var written: UInt32 = 0
        let code = unsafe HMAC(
            EVP_sha256(), key.bytes, Int32(SymmetricKey.length), message, message.count, &output, &written)
        guard unsafe code != nil, written == length else {
            throw OpenSSLErrors.cleared(.library("HMAC-SHA-256"))
        }
        return output
    }
}
