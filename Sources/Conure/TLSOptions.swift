import ArgumentParser
import MicroChatServer

/// Whether the embedded server speaks TLS, and with which certificate.
struct TLSOptions: ParsableArguments {
    @Option(
        help: """
            Whether links are inside TLS 1.3: off; on (both kinds come in at the same port); upgrade (the same, and \
            clients that come without it are told to move); required.
            """)
    var tls = TLSSettings.Mode.off

    @Option(help: "A certificate in PEM, if the server shall not make its own; with --tls-key.")
    var tlsCertificate: String?

    @Option(help: "The certificate's private key in PEM.")
    var tlsKey: String?

    @Flag(help: "Serve links without TLS also where others than this machine can reach them.")
    var allowCleartext = false

    func validate() throws {
        if (tlsCertificate == nil) != (tlsKey == nil) {
            throw ValidationError("--tls-certificate and --tls-key belong together")
        }
        if tlsCertificate != nil, tls == .off {
            throw ValidationError("--tls-certificate is of no use without --tls")
        }
    }

    var settings: TLSSettings {
        var settings = TLSSettings()
        settings.mode = tls
        settings.allowsCleartext = allowCleartext
        if let tlsCertificate, let tlsKey {
            settings.files = CertificateFiles(certificate: tlsCertificate, key: tlsKey)
        }
        return settings
    }
}

extension TLSSettings.Mode: ExpressibleByArgument {}
