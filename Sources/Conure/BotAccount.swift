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
        let gateway = MicroChatGateway(
            MicroChatAccount(
                longLinks: [Endpoint(host: server.longLink.host, port: server.longLink.port)],
                shortLinks: [Endpoint(host: server.shortLink.host, port: server.shortLink.port)],
                loginKey: try RSAPublicKey(pem: server.loginKeyPEM), loginKeyVersion: server.loginKeyVersion,
                user: settings.user, password: try PasswordDigest(password: password),
                device: DeviceProfile(settings.device), timing: timing),
            memory: memory, media: media, logger: logger)
        self.gateway = EagerMedia(gateway, logger: logger)
    }

    /// An account on somebody's server.
    ///
    /// - Parameter rulesFolder: what the path of the login key is relative to.
    init(
        _ settings: AccountSettings, on server: ExternalServer, rulesFolder: URL, pace: PaceOptions,
        memory: SealedMemory, media: MediaFolder, logger: Logger
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
        let gateway = MicroChatGateway(
            MicroChatAccount(
                longLinks: server.longLinks, shortLinks: server.shortLinks, loginKey: key,
                loginKeyVersion: UInt32(server.loginKeyVersion), user: settings.user,
                password: try PasswordDigest(password: password.value),
                device: DeviceProfile(settings.device),
                timing: pace.timing),
            memory: memory, media: media, logger: logger)
        self.gateway = EagerMedia(gateway, logger: logger)
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
