import CSystemLibraries.OpenSSL

// OpenSSL locks a store itself while certificates are looked up in it; nothing else changes it after `init`.
/// The certificate authorities that this machine trusts, and whether they vouch for a server.
@safe package final class CertificateAuthorities: @unchecked Sendable {
    /// OpenSSL's usual places; `SSL_CERT_FILE` and `SSL_CERT_DIR` name others. Read once.
    package static let system = CertificateAuthorities(file: nil)

    private let store: OpaquePointer?

    /// - Parameter file: certificates in PEM to trust instead of the system's.
    package init(file: String?) {
        unsafe store = unsafe X509_STORE_new()
        if let file {
            unsafe X509_STORE_load_file(store, file)
        } else {
            unsafe X509_STORE_set_default_paths(store)
        }
        ERR_clear_error()
    }

    deinit { unsafe X509_STORE_free(store) }

    /// Says why a server is not to be trusted; nil if it is.
    ///
    /// - Parameters:
    ///   - chain: what the server showed, in DER, its own certificate first.
    ///   - host: the name or IP address that the certificate has to be for.
    package func objection(to chain: [[UInt8]], host: String) -> String? {
        defer { ERR_clear_error() }
        let certificates = chain.map { der in Certificate(der: der) }
        guard let first = certificates.first, let leaf = unsafe first.pointer else {
            return "the server showed no certificate that can be read"
        }
        guard let others = unsafe OPENSSL_sk_new_null(), let context = unsafe X509_STORE_CTX_new() else {
            return "OpenSSL has no memory"
        }
        defer {
            unsafe X509_STORE_CTX_free(context)
            unsafe OPENSSL_sk_free(others)
        }
        for certificate in certificates.dropFirst() {
            guard let pointer = unsafe certificate.pointer else { continue }
            unsafe OPENSSL_sk_push(others, UnsafeRawPointer(pointer))
        }
        return withExtendedLifetime(certificates) {
            guard unsafe X509_STORE_CTX_init(context, store, leaf, others) == 1,
                unsafe X509_STORE_CTX_set_default(context, "ssl_server") == 1,
                let parameters = unsafe X509_STORE_CTX_get0_param(context)
            else { return "OpenSSL cannot check a certificate" }
            // What looks like an IP address is compared as one; a name goes by the rules for names.
            if unsafe X509_VERIFY_PARAM_set1_ip_asc(parameters, host) != 1 {
                unsafe X509_VERIFY_PARAM_set_hostflags(
                    parameters, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
                guard unsafe X509_VERIFY_PARAM_set1_host(parameters, host, 0) == 1 else {
                    return "'\(host)' is no name that a certificate can be for"
                }
            }
            if unsafe X509_verify_cert(context) == 1 { return nil }
            return Self.words(for: unsafe X509_STORE_CTX_get_error(context), host: host)
        }
    }

    private static func words(for code: Int32, host: String) -> String {
        switch code {
        case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH:
            return "the server's certificate is not for \(host)"
        case X509_V_ERR_CERT_HAS_EXPIRED: return "the server's certificate has expired"
        case X509_V_ERR_CERT_NOT_YET_VALID: return "the server's certificate is not valid yet"
        default:
            let text = unsafe X509_verify_cert_error_string(Int(code)).map { unsafe String(cString: $0) }
            return "no authority that this machine knows vouches for the server: \(text ?? "error \(code)")"
        }
    }
}

/// Owns a certificate for as long as it is looked at.
@safe private final class Certificate {
    /// Nil if the bytes were none.
    let pointer: OpaquePointer?

    init(der: [UInt8]) {
        unsafe pointer = unsafe der.withUnsafeBufferPointer { buffer in
            var start = buffer.baseAddress
            return unsafe d2i_X509(nil, &start, buffer.count)
        }
    }

    deinit { unsafe X509_free(pointer) }
}
