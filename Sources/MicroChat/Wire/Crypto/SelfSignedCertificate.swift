import CSystemLibraries.OpenSSL
import Glibc

/// A certificate that vouches for itself, with its private key: ECDSA on P-256.
package struct SelfSignedCertificate: Sendable, Redacted {
    /// The certificate in PEM.
    package let certificatePEM: String
    /// The private key in PEM. Never to be logged.
    package let keyPEM: String

    /// Makes one.
    ///
    /// - Parameters:
    ///   - hosts: the names and IP addresses that it is for. What cannot stand in a certificate is left out.
    ///   - start: when it begins to be valid, in seconds from now; usually a little ago, for clocks that are slow.
    ///   - end: when it stops to be, in seconds from now.
    package init(for hosts: [String], from start: Int = -3600, to end: Int = 10 * 365 * 86_400)
        throws(WireError)
    {
        guard let key = unsafe conure_generate_p256() else {
            throw OpenSSLErrors.cleared(.library("P-256 key generation"))
        }
        defer { unsafe EVP_PKEY_free(key) }
        guard let certificate = unsafe X509_new() else { throw OpenSSLErrors.cleared(.library("X509")) }
        defer { unsafe X509_free(certificate) }

        let names = hosts.compactMap(Self.alternativeName)
        let extensions = [
            (NID_subject_alt_name, names.joined(separator: ",")),
            (NID_basic_constraints, "critical,CA:FALSE"),
            (NID_key_usage, "critical,digitalSignature"),
            (NID_ext_key_usage, "serverAuth"),
        ]
        let name = unsafe X509_get_subject_name(certificate)
        let common = Array("conure".utf8)
        guard !names.isEmpty, unsafe X509_set_version(certificate, 2) == 1,
            unsafe Self.setRandomSerialNumber(of: certificate),
            unsafe X509_gmtime_adj(X509_getm_notBefore(certificate), start) != nil,
            unsafe X509_gmtime_adj(X509_getm_notAfter(certificate), end) != nil,
            unsafe X509_NAME_add_entry_by_txt(
                name, "CN", V_ASN1_UTF8STRING, common, Int32(common.count), -1, 0) == 1,
            unsafe X509_set_issuer_name(certificate, name) == 1,
            unsafe X509_set_pubkey(certificate, key) == 1,
            extensions.allSatisfy({ unsafe Self.add($0.0, $0.1, to: certificate) }),
            unsafe X509_sign(certificate, key, EVP_sha256()) > 0
        else { throw OpenSSLErrors.cleared(.library("self-signed certificate")) }

        certificatePEM = unsafe try KeyHandle.write { bio in unsafe PEM_write_bio_X509(bio, certificate) }
        keyPEM = unsafe try KeyHandle.write { bio in
            unsafe PEM_write_bio_PrivateKey(bio, key, nil, nil, 0, nil, nil)
        }
    }

    /// A host as OpenSSL's configuration language spells it; nil if it is none, so that nothing else gets in.
    private static func alternativeName(_ host: String) -> String? {
        var address = in6_addr()
        let isAddress =
            unsafe inet_pton(AF_INET, host, &address) == 1 || inet_pton(AF_INET6, host, &address) == 1
        if isAddress { return "IP:" + host }
        let isName = host.utf8.allSatisfy { byte in
            Character(UnicodeScalar(byte)).isLetter || Character(UnicodeScalar(byte)).isNumber
                || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
        }
        return isName && host.allSatisfy(\.isASCII) && !host.isEmpty ? "DNS:" + host : nil
    }

    private static func setRandomSerialNumber(of certificate: OpaquePointer) -> Bool {
        guard let number = unsafe BN_new() else { return false }
        defer { unsafe BN_free(number) }
        return unsafe BN_rand(number, 127, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1
            && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != nil
    }

    private static func add(_ kind: Int32, _ value: String, to certificate: OpaquePointer) -> Bool {
        var context = unsafe X509V3_CTX()
        unsafe X509V3_set_ctx(&context, certificate, certificate, nil, nil, 0)
        guard let part = unsafe X509V3_EXT_nconf_nid(nil, &context, kind, value) else { return false }
        defer { unsafe X509_EXTENSION_free(part) }
        return unsafe X509_add_ext(certificate, part, -1) == 1
    }
}
