import CSystemLibraries.OpenSSL

/// A 16-byte key and what it does: AES-128-CBC with the key itself as IV (MicroChat wire protocol, section 7.1).
package struct SymmetricKey: Hashable, Sendable, Redacted {
    /// How long a key is.
    package static let length = 16

    /// The key. Never to be logged.
    package let bytes: [UInt8]

    /// A key received or derived.
    package init(bytes: [UInt8]) throws(WireError) {
        guard bytes.count == Self.length else { throw .key }
        self.bytes = bytes
    }

    private init(unchecked bytes: [UInt8]) { self.bytes = bytes }

    /// A fresh key of any bytes.
    package static func random() -> SymmetricKey {
        SymmetricKey(unchecked: Randomness.bytes(length))
    }

    /// A fresh key of printable ASCII, which deployed clients copy as a C string (section 7.5).
    package static func randomPrintable() -> SymmetricKey {
        let alphabet: StaticString = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_"
        return SymmetricKey(unchecked: Randomness.characters(length, from: alphabet))
    }

    /// Encrypts, with 1 to 16 bytes of padding.
    package func seal(_ plaintext: [UInt8]) throws(WireError) -> [UInt8] {
        guard let sealed = transform(plaintext, encrypting: true) else {
            throw OpenSSLErrors.cleared(.library("AES-128-CBC"))
        }
        return sealed
    }

    /// Decrypts and checks the padding.
    package func open(_ sealed: [UInt8]) throws(WireError) -> [UInt8] {
        guard !sealed.isEmpty, sealed.count.isMultiple(of: Self.length),
            let plaintext = transform(sealed, encrypting: false)
        else { throw OpenSSLErrors.cleared(.undecipherable) }
        return plaintext
    }

    private func transform(_ input: [UInt8], encrypting: Bool) -> [UInt8]? {
        guard let length = Int32(exactly: input.count), let context = unsafe EVP_CIPHER_CTX_new() else {
            return nil
        }
        defer { unsafe EVP_CIPHER_CTX_free(context) }
        guard unsafe EVP_CipherInit_ex(context, aes128CBC, nil, bytes, bytes, encrypting ? 1 : 0) == 1 else {
            return nil
        }
        var isComplete = false
        let output = unsafe [UInt8](unsafeUninitializedCapacity: input.count + Self.length) { buffer, count in
            guard let start = buffer.baseAddress else { return }
            var body: Int32 = 0
            var rest: Int32 = 0
            guard unsafe EVP_CipherUpdate(context, start, &body, input, length) == 1,
                unsafe EVP_CipherFinal_ex(context, start + Int(body), &rest) == 1
            else { return }
            count = Int(body + rest)
            isComplete = true
        }
        return isComplete ? output : nil
    }
}

// Fetched once and immutable from then on, so every thread may use it; fetching it anew for each packet would cost
// more than the encryption.
private nonisolated(unsafe) let aes128CBC = unsafe EVP_CIPHER_fetch(nil, "AES-128-CBC", nil)
