import BotKit
import Engine
import Foundation
import Logging
import MicroChatGateway
import MicroChatServer
import MicroChatWire

/// One account of the rules file, with the gateway that speaks for it.
struct BotAccount {
    let settings: AccountSettings
    let gateway: any Gateway

    /// An account on the server that runs in this process.
    ///
    /// - Parameter password: the account's; the rules file need not know it.
    init(
        _ settings: AccountSettings, on server: MicroChatServer, password: String, pace: PaceOptions,
        memory: SealedMemory, media: MediaFolder, logger: Logger
    ) throws {
        self.settings = settings
        var timing = pace.timing
        if pace.reconnectWaits.isEmpty {
            // Nobody else's server is disturbed by quick attempts.
            timing.reconnect = [0.2, 0.5, 1, 2, 5].map { .seconds($0) }
        }
        var account = MicroChatAccount(
            longLinks: [Endpoint(host: server.longLink.host, port: server.longLink.port)],
            shortLinks: [Endpoint(host: server.shortLink.host, port: server.shortLink.port)],
            loginKey: try RSAPublicKey(pem: server.loginKeyPEM), loginKeyVersion: server.loginKeyVersion,
            user: settings.user, password: try PasswordDigest(password: password),
            device: DeviceProfile(settings.device), timing: timing)
        if let pin = server.certificatePin { account.protection = .tls(.pin(pin)) }
        self.gateway = EagerMedia(
            MicroChatGateway(account, memory: memory, media: media, logger: logger), logger: logger)
    }

    /// An account on somebody's server.
    ///
    /// - Parameters:
    ///   - rulesFolder: what the path of the login key is relative to.
    ///   - known: what servers have ordered before.
    init(
        _ settings: AccountSettings, on server: ExternalServer, rulesFolder: URL, known: KnownServers,
        pace: PaceOptions, memory: SealedMemory, media: MediaFolder, logger: Logger
    ) throws {
        self.settings = settings
        guard let password = settings.password else {
            throw Failure("account '\(settings.id)' has no password: add one to the rules file")
        }
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
        var account = MicroChatAccount(
            addresses: ServerAddresses(
                nameService: server.nameService, longLinks: server.longLinks,
                shortLinks: server.shortLinks, longBackups: server.longBackups,
                shortBackups: server.shortBackups), loginKey: key,
            loginKeyVersion: UInt32(server.loginKeyVersion), user: settings.user,
            password: try PasswordDigest(password: password.value), device: DeviceProfile(settings.device),
            timing: pace.timing)
        account.protection = try Protection(server.tls, ordered: known.pin(of: key))
        account.proxy = settings.proxy.map(Proxy.init)
        account.remember = { pin in
            let metadata: Logger.Metadata = ["account": "\(settings.id)"]
            do {
                try known.remember(pin, of: key)
                logger.notice("the server has ordered TLS, pin:\(pin)", metadata: metadata)
            } catch {
                logger.error("the server has ordered TLS, but \(error)", metadata: metadata)
            }
        }
        self.gateway = EagerMedia(
            MicroChatGateway(account, memory: memory, media: media, logger: logger), logger: logger)
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

extension DeviceProfile {
    fileprivate init(_ settings: DeviceSettings) {
        self.init()
        name = settings.name ?? name
        kind = settings.kind ?? kind
        language = settings.language ?? language
        timezone = settings.timezone ?? timezone
    }
}
