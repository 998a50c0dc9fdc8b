import CSystemLibraries.OpenSSL

/// SHA-256, which content is addressed by, and Conure's own additions to the protocol use.
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

    /// The digest in lower-case hex digits.
    package static func hex(_ input: [UInt8]) throws(WireError) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: try digest(input).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] },
            as: UTF8.self)
    }

    /// HMAC-SHA-256 (RFC 2104).
    package static func authenticationCode(of message: [UInt8], key: SymmetricKey) throws(WireError)
        -> [UInt8]
    {
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
