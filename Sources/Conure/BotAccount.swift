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
    init(
        _ settings: AccountSettings, as account: MicroChatAccount, memory: SealedMemory, media: MediaFolder,
        logger: Logger
    ) {
        self.settings = settings
        self.gateway = EagerMedia(
            MicroChatGateway(account, memory: memory, media: media, logger: logger), logger: logger)
    }
}

extension DeviceProfile {
    init(_ settings: DeviceSettings) {
        self.init()
        name = settings.name ?? name
        kind = settings.kind ?? kind
        language = settings.language ?? language
        timezone = settings.timezone ?? timezone
    }
}
