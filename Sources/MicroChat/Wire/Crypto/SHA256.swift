import CSystemLibraries.OpenSSL

/// SHA-256, which content is addressed by.
package enum SHA256 {
    /// The digest in lower-case hex digits.
    package static func hex(_ input: [UInt8]) throws(WireError) -> String {
        var output = [UInt8](repeating: 0, count: 32)
        var length: UInt32 = 0
        guard unsafe EVP_Digest(input, input.count, &output, &length, EVP_sha256(), nil) == 1, length == 32
        else {
            throw OpenSSLErrors.cleared(.library("SHA-256"))
        }
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: output.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
