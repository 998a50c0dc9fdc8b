import BotKit
import Engine
import Foundation
import Logging
import MicroChatServer
import ServiceLifecycle
import Store
import UnixSignals
import Workers

/// Everything that runs, in one list: the server first, so that it ends last.
///
/// A shutdown goes through the list from its end: nothing more is pulled, what is held is decided, what is on its way is
/// answered, links are closed, and the server goes last.
struct Program {
    let folder: DataFolder
    let logger: Logger
    private var services: [any Service] = []
    private var links: [Link] = []
    private var buses: [EventBus] = []
    private var host: WorkerHost?
    private var broadcasts: [Signal] = []

    init(folder: DataFolder, logger: Logger) {
        self.folder = folder
        self.logger = logger
    }

    /// Adds what runs people's own programs. It goes before the accounts: it ends after them.
    mutating func add(_ host: WorkerHost) {
        services.append(host)
        self.host = host
    }

    /// Adds the embedded server.
    mutating func add(_ server: MicroChatServer) { services.append(server) }

    /// Adds one account of the bot: its gateway, and the engine's stages between that and the store.
    ///
    /// - Returns: what decides its events.
    mutating func add(_ bot: BotAccount, rules: LiveRules, store: Store, webhooks: WebhookDesk) -> EventBus {
        let clock = SystemClock()
        let link = Link()
        let account = bot.settings.id
        // Webhooks need no link.
        let way = Link()
        way.notify(.online(Identity(id: "", name: "")))
        links += [link, way]
        let timers = Signal()
        let broadcasts = Signal()
        self.broadcasts.append(broadcasts)
        let answers = HandlerAnswers()
        let calls = host.map { host in
            HandlerCalls(
                account: account, rules: rules, store: store, host: host, clock: clock, logger: logger,
                answers: answers)
        }
        let bus = EventBus(
            account: account, store: store,
            decider: RuleDecider(account: account, rules: rules), clock: clock, lifetime: .seconds(3600),
            answers: answers
        ) { [logger] decided in
            calls?.take(decided.calls)
            if decided.outgoing > 0 {
                link.sendable.ring()
                way.sendable.ring()
            }
            if decided.timersChanged { timers.ring() }
            if decided.hasBroadcasts { broadcasts.ring() }
            for note in decided.notes { note.write(to: logger, account) }
        }
        let schedules = Schedules(account: account, rules: rules, store: store, clock: clock, logger: logger)
        buses.append(bus)
        let moments = BotMoments(account: account, store: store, bus: bus, clock: clock)
        services += [
            GatewayService(
                account: account, gateway: bot.gateway, link: link, store: store, moments: moments,
                clock: clock, logger: logger),
            Outbox(
                account: account, store: store, link: link, limits: bot.settings.limits, moments: moments,
                clock: clock, logger: logger, runsWoken: bus.journaled, broadcastsMoved: broadcasts.ring,
                moved: bus.outboxMoved, perform: bot.gateway.perform),
            Outbox(
                account: account, way: .webhook, store: store, link: way, limits: nil, clock: clock,
                logger: logger, runsWoken: bus.journaled, moved: bus.outboxMoved
            ) { await webhooks.perform($0, of: account) },
            Broadcasts(
                account: account, store: store, limits: bot.settings.limits,
                usualPace: bot.settings.usualBroadcastPace, moved: broadcasts, clock: clock, logger: logger,
                queued: link.sendable.ring),
            Timekeeper(
                account: account, store: store, bus: bus, moved: timers, clock: clock,
                firing: schedules.firing),
            bus,
            SyncEngine(
                account: account, gateway: bot.gateway, store: store, link: link, bus: bus, clock: clock,
                logger: logger),
            moments,
            Housekeeping(account: account, store: store, clock: clock) {
                var retention = Retention()
                retention.traces = rules.current.tracesKept
                retention.runs = max(retention.runs, rules.current.longestMemory)
                return retention
            },
            SchedulesService(schedules: schedules, timers: timers),
        ]
        if let calls { services.append(calls) }
        return bus
    }

    /// Adds the watch for what the owner's commands put into the store.
    mutating func watch(_ store: Store) {
        let (links, buses, broadcasts) = (links, buses, broadcasts)
        services.append(
            OutsideWatch(store: store) {
                for link in links { link.sendable.ring() }
                for bus in buses { bus.journaled() }
                for broadcast in broadcasts { broadcast.ring() }
            })
    }

    /// Adds the watch for changes of the rules.
    mutating func add(_ reload: RulesReload) { services.append(reload) }

    /// Adds the port where others call the bot.
    mutating func add(_ port: WebhookPort) { services.append(port) }

    /// Runs until SIGTERM or SIGINT, then ends in order. `endpoints.json` is there meanwhile.
    func run(as endpoints: LiveEndpoints) async throws {
        var configuration = ServiceGroupConfiguration(
            services: services.map { .init(service: $0) }, gracefulShutdownSignals: [.sigterm, .sigint],
            logger: quiet)
        configuration.maximumGracefulShutdownDuration = .seconds(8)
        try endpoints.open()
        defer { endpoints.close() }
        do {
            try await ServiceGroup(configuration: configuration).run()
        } catch is CancellationError {
            logger.warning("ended before everything was finished; it goes on at the next start")
        }
    }

    /// The group's own news is of no use to people.
    private var quiet: Logger {
        var logger = logger
        logger.logLevel = max(logger.logLevel, .warning)
        return logger
    }
}

extension Note {
    /// Says it in the log.
    fileprivate func write(to logger: Logger, _ account: AccountID) {
        logger.log(
            level: isAlert ? .warning : .notice, "\(text)",
            metadata: ["account": "\(account)", "rule": "\(rule)"])
    }
}
