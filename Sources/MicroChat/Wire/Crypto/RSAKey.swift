import CSystemLibraries.OpenSSL

/// The public half of a server's RSA key, which clients are built with (MicroChat wire protocol, section 7.3).
package struct RSAPublicKey: Sendable {
    let handle: KeyHandle

    /// Reads `-----BEGIN PUBLIC KEY-----`.
    package init(pem: String) throws(WireError) {
        handle = try KeyHandle(publicPEM: pem)
    }

    init(handle: KeyHandle) { self.handle = handle }

    /// How long a block is: the modulus, in bytes.
    package var blockLength: Int { handle.blockLength }

    /// The key as PEM.
    package func pem() throws(WireError) -> String { try handle.publicPEM() }

    /// Encrypts in pieces of k − 12 bytes and joins the blocks.
    package func seal(_ plaintext: [UInt8]) throws(WireError) -> [UInt8] {
        let piece = blockLength - 12
        guard piece > 0 else { throw .key }
        var sealed: [UInt8] = []
        for start in stride(from: 0, to: max(plaintext.count, 1), by: piece) {
            let end = min(start + piece, plaintext.count)
            sealed += try handle.encrypt(Array(plaintext[start..<end]))
        }
        return sealed
    }
}

/// A server's RSA key.
package struct RSAPrivateKey: Sendable, Redacted {
    /// More blocks than this are no login; each costs the server a private operation.
    package static let maximumBlocks = 16

    private let handle: KeyHandle

    /// Reads a private key in PEM, PKCS#8 or the older RSA form.
    package init(pem: String) throws(WireError) {
        handle = try KeyHandle(privatePEM: pem)
    }

    private init(handle: KeyHandle) { self.handle = handle }

    /// A fresh key. Takes a moment: keep it off event loops.
    package static func generate(bits: Int = 2048) throws(WireError) -> RSAPrivateKey {
        try RSAPrivateKey(handle: KeyHandle(generating: bits))
    }

    /// The half to give away.
    package var publicKey: RSAPublicKey { RSAPublicKey(handle: handle) }

    /// The key as PEM. For a file that only its owner can read.
    package func pem() throws(WireError) -> String { try handle.privatePEM() }

    /// Decrypts each block and joins the pieces, whatever their sizes.
    ///
    /// A bad padding is told like any other failure of a login, so that it tells an attacker nothing.
    package func open(_ sealed: [UInt8]) throws(WireError) -> [UInt8] {
        let block = handle.blockLength
        guard block > 0, !sealed.isEmpty, sealed.count.isMultiple(of: block),
            sealed.count / block <= Self.maximumBlocks
        else { throw .login }
        var plaintext: [UInt8] = []
        for start in stride(from: 0, to: sealed.count, by: block) {
            plaintext += try handle.decrypt(Array(sealed[start..<start + block]))
        }
        return plaintext
    }
}
