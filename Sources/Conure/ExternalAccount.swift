import BotKit
import Engine
import Foundation
import Logging
import MicroChatGateway
import MicroChatWire

extension MicroChatAccount {
    /// An account of the rules file on somebody's server.
    ///
    /// - Parameters:
    ///   - rulesFolder: what the path of the login key is relative to.
    ///   - known: what servers have ordered before.
    init(
        _ settings: AccountSettings, on server: ExternalServer, rulesFolder: URL, known: KnownServers,
        timing: Timing, logger: Logger
    ) throws {
        let path = URL(fileURLWithPath: server.loginKeyPath, relativeTo: rulesFolder).path
        let key: RSAPublicKey
        do {
            key = try RSAPublicKey(pem: String(contentsOfFile: path, encoding: .utf8))
        } catch let error as WireError {
            throw Failure(
                "the login key of account '\(settings.id)', \(path), is not a public key in PEM: \(error)")
        } catch {
            throw Failure(
                "cannot read the login key of account '\(settings.id)', \(path): \(error.localizedDescription)"
            )
        }
        self.init(
            addresses: ServerAddresses(
                nameService: server.nameService, longLinks: server.longLinks,
                shortLinks: server.shortLinks, longBackups: server.longBackups,
                shortBackups: server.shortBackups), loginKey: key,
            loginKeyVersion: UInt32(server.loginKeyVersion), user: settings.user,
            password: try settings.password.map { try PasswordDigest(password: $0.value) },
            device: DeviceProfile(settings.device), timing: timing)
        protection = try Protection(server.tls, ordered: known.pin(of: key))
        proxy = settings.proxy.map(Proxy.init)
        let id = settings.id
        remember = { pin in
            let metadata: Logger.Metadata = ["account": "\(id)"]
            do {
                try known.remember(pin, of: key)
                logger.notice("the server has ordered TLS, pin:\(pin)", metadata: metadata)
            } catch {
                logger.error("the server has ordered TLS, but \(error)", metadata: metadata)
            }
        }
    }
}

extension Protection {
    /// - Parameter ordered: the certificate that the server has ordered to expect. That goes before no TLS at all; what
    ///   the owner says of a certificate goes before it.
    fileprivate init(_ choice: TLSChoice, ordered: CertificatePin?) throws {
        switch choice {
        case .off: self = ordered.map { .tls(.pin($0)) } ?? .cleartext
        case .on: self = .tls(.authority)
        case .pin(let bytes):
            guard let pin = CertificatePin(bytes: bytes) else { throw Failure("a pin has 32 bytes") }
            self = .tls(.pin(pin))
        }
    }
}

extension Proxy {
    fileprivate init(_ settings: ProxySettings) {
        let credentials = settings.user.map {
            Credentials(user: $0, password: settings.password?.value ?? "")
        }
        switch settings.kind {
        case .http: self.init(kind: .http, endpoint: settings.endpoint, credentials: credentials)
        case .socks5: self.init(kind: .socks5, endpoint: settings.endpoint, credentials: credentials)
        }
    }
}
