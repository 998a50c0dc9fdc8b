import DurableSQLite
import Logging
package import MicroChatWire
import NIOCore
import ServiceLifecycle

/// The embedded MicroChat server: both links, accounts, messages.
///
/// ```swift
/// let server = try await MicroChatServer.bind(configuration)
/// print(server.longLink, server.shortLink)
/// try await server.run()
/// ```
package struct MicroChatServer: Service {
    /// Where the long link listens.
    package let longLink: ServerConfiguration.Address
    /// Where the short link listens.
    package let shortLink: ServerConfiguration.Address
    /// Where clients are told addresses; the short link's port unless another was asked for.
    package let nameService: ServerConfiguration.Address
    /// Who has an account. What other processes change is noticed too.
    package let accounts: Accounts
    /// Logins by QR code that wait to be confirmed.
    package let qrLogins: QRLogins
    /// The key that clients encrypt their logins for, as PEM.
    package let loginKeyPEM: String
    /// The version that goes with the key.
    package let loginKeyVersion = LoginKey.version

    /// The certificate to pin; nil if the server speaks no TLS.
    package let certificatePin: CertificatePin?

    private let configuration: ServerConfiguration
    private let exchange: Exchange
    private let connections: Connections
    private let listeners: [any Channel]

    /// Opens files and ports. Clients that connect are served from here on; `run` has to follow.
    ///
    /// - Throws: `ServerError`, or an error of the database.
    package static func bind(_ configuration: ServerConfiguration) async throws -> MicroChatServer {
        // What may be refused comes before what takes time.
        for address in [configuration.longLink, configuration.shortLink] {
            _ = try configuration.tls.servesCleartext(at: address)
        }
        let certificate = try ServerCertificate.load(
            configuration.tls, in: configuration.folder, hosts: [configuration.longLink.host])
        let key = try LoginKey.loadOrMake(in: configuration.folder)
        let exchange = try await Exchange(
            database: configuration.folder.openDatabase(),
            media: MediaShelf(path: configuration.folder.media, quota: configuration.mediaQuota),
            loginKey: key, loginGuard: LoginGuard(configuration.limits, now: configuration.uptime),
            logger: configuration.logger,
            redirect: configuration.redirect.map { (section: $0.section(configuration), $0.refusesLogins) },
            now: configuration.now)
        let connections = Connections(limit: configuration.maximumConnections)
        let listener = Listener(
            group: configuration.eventLoopGroup, exchange: exchange, connections: connections,
            tls: configuration.tls, certificate: certificate, limits: configuration.limits)
        var open: [any Channel] = []
        do {
            open.append(try await listener.longLink(configuration.longLink))
            let long = try open[0].bound
            open.append(
                try await listener.shortLink(
                    configuration.shortLink,
                    NameService(names: configuration.names, longLink: long, shortLink: nil)))
            if let address = configuration.nameService {
                let short = try open[1].bound
                open.append(
                    try await listener.shortLink(
                        address, NameService(names: configuration.names, longLink: long, shortLink: short)))
            }
            return MicroChatServer(
                configuration, exchange, connections, listeners: open, pem: try key.publicKey.pem(),
                pin: certificate?.pin)
        } catch {
            for channel in open { try? await channel.close() }
            throw error
        }
    }

    /// - Parameter listeners: the long link's, the short link's, and the name service's if it has one of its own.
    private init(
        _ configuration: ServerConfiguration, _ exchange: Exchange, _ connections: Connections,
        listeners: [any Channel], pem: String, pin: CertificatePin?
    ) {
        func bound(_ channel: any Channel, _ address: ServerConfiguration.Address)
            -> ServerConfiguration.Address
        {
            .init(host: address.host, port: channel.localAddress?.port ?? address.port)
        }
        longLink = bound(listeners[0], configuration.longLink)
        shortLink = bound(listeners[1], configuration.shortLink)
        nameService = configuration.nameService.map { bound(listeners[2], $0) } ?? shortLink
        accounts = Accounts(database: exchange.database, changed: exchange.reload)
        qrLogins = QRLogins(database: exchange.database, now: configuration.now)
        exchange.pictureAddresses.set(base: configuration.pictureBase ?? "http://\(shortLink)")
        loginKeyPEM = pem
        certificatePin = pin
        self.listeners = listeners
        self.configuration = configuration
        self.exchange = exchange
        self.connections = connections
    }

    /// Serves until shut down gracefully or cancelled, then closes every connection and saves what is left to save.
    package func run() async throws {
        configuration.logger.info(
            "serving", metadata: ["long_link": "\(longLink)", "short_link": "\(shortLink)"])
        await withDiscardingTaskGroup { group in
            group.addTask { await watch() }
            group.addTask { await keepUp() }
            for _ in 0..<System.coreCount { group.addTask { await exchange.serveStrangers() } }
            // Cancellation ends this too.
            try? await gracefulShutdown()
            group.cancelAll()
        }
        for listener in listeners { try? await listener.close() }
        await connections.close()
        try await exchange.mailboxes.save(to: exchange.database)
        try Task.checkCancellation()
    }

    /// Where a client asks for addresses, as it may be written into a rules file.
    package var nameServiceURL: String { "http://\(nameService)\(AddressList.path)" }

    /// Looks for what other processes have changed, and saves what has been consumed.
    private func watch() async {
        while !Task.isCancelled {
            do {
                try await exchange.mailboxes.save(to: exchange.database)
                try await exchange.catchUp()
                try await Task.sleep(for: configuration.outsidePollInterval)
            } catch is CancellationError {
                return
            } catch {
                configuration.logger.error("cannot read the database", metadata: ["error": "\(error)"])
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }

    private func keepUp() async {
        let media = MediaUpkeep(database: exchange.database, shelf: exchange.media)
        let upkeep = Upkeep(database: exchange.database, mailboxes: exchange.mailboxes, media: media)
        do {
            try await media.removeStrays()
        } catch {
            configuration.logger.error("cannot tidy the media", metadata: ["error": "\(error)"])
        }
        while !Task.isCancelled {
            do {
                try await Task.sleep(for: configuration.upkeepInterval)
                exchange.mailboxes.see(exchange.sessions.connected, now: configuration.now())
                try await upkeep.run(now: configuration.now())
            } catch is CancellationError {
                return
            } catch {
                configuration.logger.error("cannot tidy the database", metadata: ["error": "\(error)"])
            }
        }
    }
}

extension Channel {
    /// Where a listener listens.
    fileprivate var bound: SocketAddress {
        get throws {
            guard let localAddress else { throw ChannelError.ioOnClosedChannel }
            return localAddress
        }
    }
}
