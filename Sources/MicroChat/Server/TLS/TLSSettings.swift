/// What a server is told about TLS before it starts.
package struct TLSSettings: Hashable, Sendable {
    /// Which links are inside TLS. Both kinds come in at the same port.
    package enum Mode: String, CaseIterable, Sendable {
        /// None.
        case off
        /// Those whose client begins with it.
        case on
        /// The same, and a client that logs in without it is told to move (docs/protocol-extensions.md).
        case upgrade
        /// All.
        case required
    }

    package var mode = Mode.off
    /// Links without TLS are served also where others than this machine can reach them.
    package var allowsCleartext = false
    /// The files to use; nil: the server makes its own.
    package var files: CertificateFiles?
    /// A handshake that takes longer is given up.
    package var handshakeLimit = Duration.seconds(10)

    package init() {}

    /// Whether links without TLS are served at an address.
    ///
    /// - Throws: if the mode wants them and nobody has said that they are allowed there.
    func servesCleartext(at address: ServerConfiguration.Address) throws -> Bool {
        if mode == .required { return false }
        if address.isLoopback || allowsCleartext { return true }
        if mode == .on { return false }
        throw ServerError.cleartext(host: address.host)
    }
}

/// Where a certificate is that somebody else made.
package struct CertificateFiles: Hashable, Sendable {
    /// The certificate in PEM, and after it those that vouch for it.
    package var certificate: String
    /// Its private key in PEM.
    package var key: String

    package init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }
}
