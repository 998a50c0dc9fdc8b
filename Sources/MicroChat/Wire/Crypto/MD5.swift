import CSystemLibraries.OpenSSL

/// MD5, where the protocol uses it: as key derivation and as the form in which a password travels.
enum MD5 {
    static func digest(_ input: [UInt8]) throws(WireError) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: 16)
        var length: UInt32 = 0
        guard unsafe EVP_Digest(input, input.count, &output, &length, EVP_md5(), nil) == 1, length == 16
        else {
            throw OpenSSLErrors.cleared(.library("MD5"))
        }
        return output
    }
}
