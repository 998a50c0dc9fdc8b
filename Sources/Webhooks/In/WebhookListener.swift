package import BotKit
import HTTPTypes
import HummingbirdCore
package import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// Where others call the bot: an HTTP server on a port of its own.
///
/// It answers a call only when `journal` has returned, so whoever was told "taken" never has to call again; and whoever
/// was told nothing may repeat the call under its `Idempotency-Key`.
package final class WebhookListener: Service {
    private let address: Endpoint
    private let limits: WebhookLimits
    private let logger: Logger
    private let reception: Reception
    private let onListening: @Sendable (Endpoint) -> Void

    /// A listener, which does nothing before it runs.
    ///
    /// - Parameters:
    ///   - address: port 0 means any free one.
    ///   - onListening: is told where it listens, once it does.
    ///   - journal: keeps a call for good; false if there was one with the same `id`. What it throws, the caller is
    ///     asked to repeat.
    package init(
        address: Endpoint = Endpoint(host: "127.0.0.1", port: 0), table: WebhookTable,
        limits: WebhookLimits = WebhookLimits(), clock: any WallClock = SystemClock(), logger: Logger,
        onListening: @escaping @Sendable (Endpoint) -> Void = { _ in },
        journal: @escaping @Sendable (WebhookCall) async throws -> Bool
    ) {
        self.address = address
        self.limits = limits
        self.logger = logger
        self.onListening = onListening
        reception = Reception(table: table, limits: limits, clock: clock, logger: logger, journal: journal)
    }

    /// Serves by another table from the next call on. Calls that are being read are served by the one they came under.
    package func replace(_ table: WebhookTable) { reception.replace(table) }

    /// Serves until the service is shut down; calls that have come are finished first.
    package func run() async throws {
        var configuration = HTTP1Channel.Configuration(idleTimeout: TimeAmount(limits.idleTime))
        configuration.httpDecoder = .init(
            maxHeaderFieldSize: 8192, maxHeaderListSize: 32_768, maxHeaderFieldCount: 100)
        let server = try HTTPServerBuilder.http1(configuration: configuration).buildServer(
            configuration: ServerConfiguration(
                address: .hostname(address.host, port: address.port),
                availableConnectionsDelegate: MaximumAvailableConnections(limits.connections, logger: logger)),
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger,
            responder: { [reception, limits, logger] request, writer, channel in
                try await Self.serve(
                    Conversation(request: request, channel: channel, limits: limits), by: reception, writer,
                    logger)
            },
            onServerRunning: { [address, onListening] channel in
                // The limit is looked at before each read, and a read would take in four connections.
                try? await channel.setOption(.maxMessagesPerRead, value: 1).get()
                onListening(Endpoint(host: address.host, port: channel.localAddress?.port ?? address.port))
            })
        do {
            try await server.run()
        } catch {
            throw WebhookMistake("The webhooks cannot listen at \(address): \(error)")
        }
    }

    @concurrent
    private static func serve(
        _ conversation: Conversation, by reception: Reception, _ writer: consuming ResponseWriter,
        _ logger: Logger
    ) async throws {
        var progress = (isBegun: false, isDone: false)
        let client = ClientNetwork(conversation.channel.remoteAddress)
        let outcome: Result<HTTPResponse.Status, Refusal>
        do {
            let visit = try reception.admit(conversation.request.head, from: client)
            defer { reception.leave() }
            progress.isBegun = true
            if conversation.isAskedToContinue {
                try await writer.writeInformationalHead(HTTPResponse(status: .continue))
            }
            let body = try await conversation.body()
            progress.isDone = true
            outcome = .success(try await reception.take(body, of: visit))
        } catch let refusal as Refusal {
            logger.debug(
                "A webhook's call was refused.",
                metadata: ["status": "\(refusal.status.code)", "client": "\(client)"])
            outcome = .failure(refusal)
        }
        try await conversation.answer(outcome, isLast: !progress.isDone, writer)
        if !progress.isBegun { try await conversation.drain() }
        if !progress.isDone { throw Conversation.Close() }
    }
}
