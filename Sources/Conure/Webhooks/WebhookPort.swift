import ArgumentParser
import BotKit
import Engine
import Logging
import ServiceLifecycle
import Synchronization
import Webhooks

/// Where others call the bot. Listens from when there is a rule that somebody can call.
final class WebhookPort: Service {
    private let listener: WebhookListener
    private let address: Endpoint
    private let logger: Logger
    private let opened = Signal()

    private struct State {
        var isWanted = false
        /// Whether the bot has been running before anybody wanted this.
        var isLate = false
    }

    private let state = Mutex(State())

    init(
        _ options: WebhookOptions, logger: Logger, endpoints: LiveEndpoints, journal: @escaping WebhookJournal
    ) {
        address = Endpoint(host: options.webhookHost, port: options.webhookPort)
        self.logger = logger
        listener = WebhookListener(
            address: address, table: WebhookTable(), logger: logger,
            onListening: { address in
                logger.info("webhooks at http://\(address)")
                endpoints.change { $0.webhooks = "http://\(address)" }
            }, journal: journal)
    }

    /// Keeps a call for good; false if it is there already.
    typealias WebhookJournal = @Sendable (WebhookCall) async throws -> Bool

    func replace(_ table: WebhookTable) {
        listener.replace(table)
        guard !table.isEmpty else { return }
        state.withLock { $0.isWanted = true }
        opened.ring()
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !self.state.withLock({ $0.isWanted }), !Task.isCancelled {
                self.state.withLock { $0.isLate = true }
                await self.opened.wait()
            }
        }
        guard state.withLock({ $0.isWanted }), !Task.isShuttingDownGracefully else {
            // A service that ends would end the others.
            return try await gracefulShutdown()
        }
        do {
            try await listener.run()
        } catch  where state.withLock({ $0.isLate }) {
            // A bot that runs is not ended by a rule that was added.
            logger.error("\(error)")
            try await gracefulShutdown()
        }
    }
}

/// Where others call the bot.
struct WebhookOptions: ParsableArguments {
    @Option(help: "The address where webhooks are called.")
    var webhookHost = "127.0.0.1"

    @Option(help: "The port where webhooks are called, if there are any; 0 takes any free one.")
    var webhookPort = 8082

    func validate() throws {
        guard (0...65535).contains(webhookPort) else {
            throw ValidationError("\(webhookPort) is not a port, expected 0 to 65535")
        }
    }
}
