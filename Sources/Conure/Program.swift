import BotKit
import Engine
import Foundation
import Logging
import MicroChatServer
import ServiceLifecycle
import Store
import UnixSignals

/// Everything that runs, in one list: the server first, so that it ends last.
///
/// A shutdown goes through the list from its end: nothing more is pulled, what is held is decided, what is on its way is
/// answered, links are closed, and the server goes last.
struct Program {
    let folder: DataFolder
    let logger: Logger
    private var services: [any Service] = []
    private var links: [Link] = []

    init(folder: DataFolder, logger: Logger) {
        self.folder = folder
        self.logger = logger
    }

    /// Adds the embedded server.
    mutating func add(_ server: MicroChatServer) { services.append(server) }

    /// Adds one account of the bot: its gateway, and the engine's stages between that and the store.
    mutating func add(_ bot: BotAccount, rules: LiveRules, store: Store) {
        let clock = SystemClock()
        let link = Link()
        let account = bot.settings.id
        links.append(link)
        let bus = EventBus(
            account: account, store: store,
            decider: RuleDecider(account: account, rules: rules), clock: clock, lifetime: .seconds(3600)
        ) { [logger] decided in
            if decided.outgoing > 0 { link.sendable.ring() }
            for note in decided.notes { note.write(to: logger, account) }
        }
        let schedules = Schedules(account: account, rules: rules, store: store, clock: clock, logger: logger)
        let timekeeper = Timekeeper(
            account: account, store: store, bus: bus, clock: clock, firing: schedules.firing)
        let moments = BotMoments(account: account, store: store, bus: bus, clock: clock)
        services += [
            GatewayService(
                account: account, gateway: bot.gateway, link: link, store: store, moments: moments,
                clock: clock, logger: logger),
            Outbox(
                account: account, store: store, link: link, limits: bot.settings.limits, moments: moments,
                clock: clock, logger: logger, perform: bot.gateway.perform),
            bus,
            SyncEngine(
                account: account, gateway: bot.gateway, store: store, link: link, bus: bus, clock: clock,
                logger: logger),
            moments,
            timekeeper,
            SchedulesService(schedules: schedules, timekeeper: timekeeper),
        ]
    }

    /// Adds the watch for what the owner's commands put into the store.
    mutating func watch(_ store: Store) {
        let links = links
        services.append(OutsideWatch(store: store) { for link in links { link.sendable.ring() } })
    }

    /// Adds the watch for changes of the rules.
    mutating func add(_ reload: RulesReload) { services.append(reload) }

    /// Runs until SIGTERM or SIGINT, then ends in order. `endpoints.json` is there meanwhile.
    func run(as endpoints: Endpoints) async throws {
        var configuration = ServiceGroupConfiguration(
            services: services.map { .init(service: $0) }, gracefulShutdownSignals: [.sigterm, .sigint],
            logger: quiet)
        configuration.maximumGracefulShutdownDuration = .seconds(8)
        try endpoints.write(to: folder)
        defer { Endpoints.remove(from: folder) }
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
