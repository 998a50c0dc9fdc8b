import CSystemLibraries.OpenSSL

/// Comparison of secrets that takes as long whatever differs.
package enum ConstantTime {
    /// Whether both are the same; only their lengths may show in the time it takes.
    package static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count else { return false }
        return unsafe CRYPTO_memcmp(left, right, left.count) == 0
    }
}
