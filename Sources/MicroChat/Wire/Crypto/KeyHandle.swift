import CSystemLibraries.OpenSSL

// OpenSSL counts references to an EVP_PKEY atomically and only reads it after it is complete, which it is once `init`
// returns; so any thread may use it.
/// Owns an OpenSSL key.
@safe final class KeyHandle: @unchecked Sendable {
    private let key: OpaquePointer

    init(publicPEM: String) throws(WireError) {
        unsafe key = unsafe try Self.read(publicPEM) { bio in unsafe PEM_read_bio_PUBKEY(bio, nil, nil, nil) }
    }

    init(privatePEM: String) throws(WireError) {
        unsafe key = unsafe try Self.read(privatePEM) { bio in
            unsafe PEM_read_bio_PrivateKey(bio, nil, nil, nil)
        }
    }

    init(generating bits: Int) throws(WireError) {
        guard let context = unsafe EVP_PKEY_CTX_new_from_name(nil, "RSA", nil) else {
            throw OpenSSLErrors.cleared(.library("RSA"))
        }
        defer { unsafe EVP_PKEY_CTX_free(context) }
        var generated: OpaquePointer?
        guard unsafe EVP_PKEY_keygen_init(context) == 1,
            unsafe EVP_PKEY_CTX_set_rsa_keygen_bits(context, Int32(clamping: bits)) == 1,
            unsafe EVP_PKEY_generate(context, &generated) == 1, let generated = unsafe generated
        else { throw OpenSSLErrors.cleared(.library("RSA key generation")) }
        unsafe key = unsafe generated
    }

    deinit { unsafe EVP_PKEY_free(key) }

    var blockLength: Int { Int(unsafe EVP_PKEY_get_size(key)) }

    func encrypt(_ piece: [UInt8]) throws(WireError) -> [UInt8] {
        guard let block = unsafe run(piece, prepare: EVP_PKEY_encrypt_init, perform: EVP_PKEY_encrypt) else {
            throw OpenSSLErrors.cleared(.library("RSA encryption"))
        }
        return block
    }

    func decrypt(_ block: [UInt8]) throws(WireError) -> [UInt8] {
        guard let piece = unsafe run(block, prepare: EVP_PKEY_decrypt_init, perform: EVP_PKEY_decrypt) else {
            throw OpenSSLErrors.cleared(.login)
        }
        return piece
    }

    func publicPEM() throws(WireError) -> String {
        unsafe try Self.write { bio in unsafe PEM_write_bio_PUBKEY(bio, key) }
    }

    func privatePEM() throws(WireError) -> String {
        unsafe try Self.write { bio in unsafe PEM_write_bio_PrivateKey(bio, key, nil, nil, 0, nil, nil) }
    }

    private typealias Prepare = (OpaquePointer?) -> Int32
    private typealias Perform = (
        OpaquePointer?, UnsafeMutablePointer<UInt8>?, UnsafeMutablePointer<Int>?, UnsafePointer<UInt8>?, Int
    ) -> Int32

    private func run(_ input: [UInt8], prepare: Prepare, perform: Perform) -> [UInt8]? {
        guard let context = unsafe EVP_PKEY_CTX_new(key, nil) else { return nil }
        defer { unsafe EVP_PKEY_CTX_free(context) }
        var output = [UInt8](repeating: 0, count: blockLength)
        var length = output.count
        guard unsafe prepare(context) == 1,
            unsafe EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1,
            unsafe perform(context, &output, &length, input, input.count) == 1, length <= output.count
        else { return nil }
        output.removeLast(output.count - length)
        return output
    }

    private static func read(
        _ pem: String, parse: (OpaquePointer) -> OpaquePointer?
    ) throws(WireError) -> OpaquePointer {
        let bytes = Array(pem.utf8)
        guard let length = Int32(exactly: bytes.count) else { throw .key }
        let key = unsafe bytes.withUnsafeBytes { buffer -> OpaquePointer? in
            guard let bio = unsafe BIO_new_mem_buf(buffer.baseAddress, length) else { return nil }
            defer { unsafe BIO_free(bio) }
            return unsafe parse(bio)
        }
        guard let key = unsafe key else { throw OpenSSLErrors.cleared(.key) }
        guard unsafe EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA else {
            unsafe EVP_PKEY_free(key)
            throw .key
        }
        return unsafe key
    }

    static func write(_ print: (OpaquePointer) -> Int32) throws(WireError) -> String {
        guard let bio = unsafe BIO_new(BIO_s_mem()) else { throw OpenSSLErrors.cleared(.library("BIO")) }
        defer { unsafe BIO_free(bio) }
        guard unsafe print(bio) == 1 else { throw OpenSSLErrors.cleared(.key) }
        var text = [UInt8](repeating: 0, count: Int(unsafe BIO_ctrl_pending(bio)))
        guard unsafe BIO_read(bio, &text, Int32(clamping: text.count)) == text.count else {
            throw OpenSSLErrors.cleared(.library("BIO"))
        }
        return String(decoding: text, as: UTF8.self)
    }
}
