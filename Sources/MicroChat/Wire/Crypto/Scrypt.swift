import CSystemLibraries.OpenSSL

/// The slow hash under which a server keeps passwords.
package struct Scrypt: Hashable, Sendable {
    /// CPU and memory cost, a power of two.
    package var cost: UInt64
    /// Block size.
    package var blockSize: UInt64
    /// Parallelism.
    package var lanes: UInt64

    /// Cost parameters.
    package init(cost: UInt64, blockSize: UInt64, lanes: UInt64) {
        self.cost = cost
        self.blockSize = blockSize
        self.lanes = lanes
    }

    /// Some milliseconds and 2 MiB: hundreds of clients a second can log in for the first time, and a stolen file is no
    /// list of passwords.
    package static let moderate = Scrypt(cost: 2048, blockSize: 8, lanes: 1)

    /// The 32-byte hash. Blocks for milliseconds: keep it off event loops.
    package func hash(_ secret: [UInt8], salt: [UInt8]) throws(WireError) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: 32)
        let limit: UInt64 = 64 << 20
        let status = unsafe secret.withUnsafeBytes { bytes in
            unsafe EVP_PBE_scrypt(
                bytes.bindMemory(to: CChar.self).baseAddress, bytes.count, salt, salt.count, cost, blockSize,
                lanes,
                limit, &output, output.count)
        }
        guard status == 1 else { throw OpenSSLErrors.cleared(.library("scrypt")) }
        return output
    }
}
