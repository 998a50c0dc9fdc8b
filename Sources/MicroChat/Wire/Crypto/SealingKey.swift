import CSystemLibraries.OpenSSL

/// A 32-byte key for what is kept at rest: AES-256-GCM, which also notices when bytes were changed or moved.
///
/// Not part of the protocol; what it seals never leaves the machine.
package struct SealingKey: Sendable, Redacted {
    /// How long a key is.
    package static let length = 32
    private static let nonceLength = 12
    private static let tagLength = 16

    /// The key. Never to be logged.
    package let bytes: [UInt8]

    /// A key that was kept.
    package init(bytes: [UInt8]) throws(WireError) {
        guard bytes.count == Self.length else { throw .key }
        self.bytes = bytes
    }

    private init(unchecked bytes: [UInt8]) { self.bytes = bytes }

    /// A fresh key.
    package static func random() -> SealingKey { SealingKey(unchecked: Randomness.bytes(length)) }

    /// Encrypts: a random nonce, the ciphertext, the tag.
    ///
    /// - Parameter context: where the bytes belong; they open only there.
    package func seal(_ plaintext: [UInt8], context: [UInt8]) throws(WireError) -> [UInt8] {
        let nonce = Randomness.bytes(Self.nonceLength)
        var tag = [UInt8](repeating: 0, count: Self.tagLength)
        guard let body = transform(plaintext, nonce: nonce, context: context, encrypting: true, tag: &tag)
        else { throw OpenSSLErrors.cleared(.library("AES-256-GCM")) }
        return nonce + body + tag
    }

    /// Decrypts what was sealed with the same key and context, and nothing else.
    package func open(_ sealed: [UInt8], context: [UInt8]) throws(WireError) -> [UInt8] {
        guard sealed.count >= Self.nonceLength + Self.tagLength else { throw .undecipherable }
        var tag = Array(sealed.suffix(Self.tagLength))
        let body = Array(sealed.dropFirst(Self.nonceLength).dropLast(Self.tagLength))
        let nonce = Array(sealed.prefix(Self.nonceLength))
        guard let plaintext = transform(body, nonce: nonce, context: context, encrypting: false, tag: &tag)
        else { throw OpenSSLErrors.cleared(.undecipherable) }
        return plaintext
    }

    /// - Parameter tag: written when encrypting, compared when decrypting. Nothing is returned if it does not match.
    private func transform(
        _ input: [UInt8], nonce: [UInt8], context: [UInt8], encrypting: Bool, tag: inout [UInt8]
    ) -> [UInt8]? {
        guard let length = Int32(exactly: input.count), let contextLength = Int32(exactly: context.count),
            let cipher = unsafe EVP_CIPHER_CTX_new()
        else { return nil }
        defer { unsafe EVP_CIPHER_CTX_free(cipher) }
        var done: Int32 = 0
        let tagLength = Int32(Self.tagLength)
        // The usual nonce length is this cipher's default.
        guard unsafe EVP_CipherInit_ex(cipher, EVP_aes_256_gcm(), nil, bytes, nonce, encrypting ? 1 : 0) == 1,
            unsafe EVP_CipherUpdate(cipher, nil, &done, context, contextLength) == 1
        else { return nil }
        if !encrypting, unsafe EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, tagLength, &tag) != 1 {
            return nil
        }
        // One byte more than needed, so that there is an address even for nothing.
        var output = [UInt8](repeating: 0, count: input.count + 1)
        // A stream has no last block: the end only makes or checks the tag.
        var none: UInt8 = 0
        var rest: Int32 = 0
        guard unsafe EVP_CipherUpdate(cipher, &output, &done, input, length) == 1, done == length,
            unsafe EVP_CipherFinal_ex(cipher, &none, &rest) == 1, rest == 0
        else { return nil }
        if encrypting, unsafe EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, tagLength, &tag) != 1 {
            return nil
        }
        output.removeLast()
        return output
    }
}
