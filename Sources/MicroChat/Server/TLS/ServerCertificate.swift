import MicroChatWire
import NIOCore
import NIOSSL

/// What the server shows of itself inside TLS.
struct ServerCertificate: Sendable {
    let context: NIOSSLContext
    /// What clients may pin.
    let pin: CertificatePin

    /// Reads the certificate that is to be used, or makes one, for `hosts`, at the first start.
    ///
    /// - Returns: nil if none is used.
    static func load(_ settings: TLSSettings, in folder: ServerFolder, hosts: [String]) throws
        -> ServerCertificate?
    {
        if settings.mode == .off { return nil }
        let files =
            settings.files
            ?? CertificateFiles(certificate: folder.certificate, key: folder.certificateKey)
        if settings.files == nil { try makeIfMissing(files, in: folder, hosts: hosts) }
        let chain = try parse(files.certificate, "a certificate in PEM", NIOSSLCertificate.fromPEMBytes)
        let key = try parse(files.key, "a private key in PEM") {
            try NIOSSLPrivateKey(bytes: $0, format: .pem)
        }
        guard let first = chain.first else {
            throw ServerError.file(path: files.certificate, reason: "there is no certificate in it")
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv13
        // A client that is gone does not say good-bye.
        configuration.shutdownTimeout = .seconds(1)
        let context: NIOSSLContext
        do {
            context = try NIOSSLContext(configuration: configuration)
        } catch {
            throw ServerError.file(
                path: files.key, reason: "it is not the private key of \(files.certificate)")
        }
        return ServerCertificate(context: context, pin: try CertificatePin(certificate: first.toDERBytes()))
    }

    private static func makeIfMissing(
        _ files: CertificateFiles, in folder: ServerFolder, hosts: [String]
    ) throws {
        let hasKey = try ServerFile.read(files.key) != nil
        guard try ServerFile.read(files.certificate) == nil else {
            if hasKey { return }
            // Clients may have pinned the certificate: to make another must be somebody's decision.
            throw ServerError.file(
                path: files.key,
                reason: "it is missing; to have both made anew, remove \(files.certificate) too")
        }
        try folder.create()
        var names = ["localhost", "127.0.0.1", "::1"]
        for host in hosts where !names.contains(host) { names.append(host) }
        let made = try SelfSignedCertificate(for: names)
        // The certificate last: nobody has seen it as long as it is not there.
        try ServerFile.write(made.keyPEM, to: files.key, mode: 0o600)
        try ServerFile.write(made.certificatePEM, to: files.certificate, mode: 0o644)
    }

    private static func parse<Value>(
        _ path: String, _ what: String, _ read: ([UInt8]) throws -> Value
    ) throws -> Value {
        guard let text = try ServerFile.read(path) else {
            throw ServerError.file(path: path, reason: "there is no such file")
        }
        do {
            return try read(Array(text.utf8))
        } catch {
            throw ServerError.file(path: path, reason: "it is not \(what)")
        }
    }
}
