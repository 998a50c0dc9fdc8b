import DurableSQLite
import Logging
import MicroChatWire
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
    /// Who has an account. What other processes change is noticed too.
    package let accounts: Accounts
    /// The key that clients encrypt their logins for, as PEM.
    package let loginKeyPEM: String
    /// The version that goes with the key.
    package let loginKeyVersion = LoginKey.version

    private let configuration: ServerConfiguration
    private let exchange: Exchange
    private let connections: Connections
    private let listeners: [any Channel]

    /// Opens files and ports. Clients that connect are served from here on; `run` has to follow.
    ///
    /// - Throws: `ServerError`, or an error of the database.
    package static func bind(_ configuration: ServerConfiguration) async throws -> MicroChatServer {
        let key = try LoginKey.loadOrMake(in: configuration.folder)
        let exchange = try await Exchange(
            database: configuration.folder.openDatabase(), loginKey: key,
            loginGuard: LoginGuard(configuration.limits, now: configuration.uptime),
            logger: configuration.logger, now: configuration.now)
        let connections = Connections(limit: configuration.maximumConnections)
        let listener = Listener(
            group: configuration.eventLoopGroup, exchange: exchange, connections: connections,
            limits: configuration.limits)
        let long = try await listener.longLink(configuration.longLink)
        do {
            let short = try await listener.shortLink(configuration.shortLink)
            return MicroChatServer(
                configuration, exchange, connections, long: long, short: short, pem: try key.publicKey.pem())
        } catch {
            try? await long.close()
            throw error
        }
    }

    private init(
        _ configuration: ServerConfiguration, _ exchange: Exchange, _ connections: Connections,
        long: any Channel,
        short: any Channel, pem: String
    ) {
        func bound(_ channel: any Channel, _ address: ServerConfiguration.Address)
            -> ServerConfiguration.Address
        {
            .init(host: address.host, port: channel.localAddress?.port ?? address.port)
        }
        longLink = bound(long, configuration.longLink)
        shortLink = bound(short, configuration.shortLink)
        accounts = Accounts(database: exchange.database, changed: exchange.reload)
        loginKeyPEM = pem
        listeners = [long, short]
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
            for _ in 0..<System.coreCount { group.addTask { await exchange.serveLogins() } }
            // Cancellation ends this too.
            try? await gracefulShutdown()
            group.cancelAll()
        }
        for listener in listeners { try? await listener.close() }
        await connections.close()
        try await exchange.mailboxes.save(to: exchange.database)
        try Task.checkCancellation()
    }

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
        let upkeep = Upkeep(database: exchange.database, mailboxes: exchange.mailboxes)
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
