import BotKit
import Engine
import Foundation
import Logging
import ServiceLifecycle
import Store
import Synchronization

let bot: AccountID = "bot"
let start = Timestamp(seconds: 1_800_000_000)

func message(_ id: Int, in chat: ChatID, _ text: String) -> Event {
    Event(
        id: EventID("m\(id)"), chat: chat, chatKind: .private, time: start,
        body: .message(Message(sender: PersonID(chat.rawValue), content: .text(text))))
}

/// Answers everything with its own text, and remembers the order it was asked in.
final class Echo: Decider {
    let asked = Mutex<[String]>([])

    func decide(_ pending: PendingEvent, _ state: StoredState) -> Decision {
        guard case .message(let message) = pending.event.body, case .text(let text) = message.content
        else { return Decision() }
        asked.withLock { $0.append(text) }
        return Decision(actions: [
            .perform(.send(.text("re: " + text)), in: pending.event.chat, rule: "echo")
        ])
    }
}

/// Runs the whole engine of one account against a network in memory, on a clock that the test moves.
func withEngine(
    store path: String, network: any Gateway, clock: ManualClock = ManualClock(start),
    decider: any Decider = Echo(), handlers: (host: any HandlerHost, rules: LiveRules)? = nil,
    mostWaiting: Int = 10_000, _ body: @escaping @Sendable (Store) async throws -> Void
) async throws {
    let store = try Store(path: path)
    try await store.open(bot, now: clock.now)
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let (link, timers) = (Link(), Signal())
    let free = Rate(interval: .microseconds(1), burst: 1_000_000)
    let answers = HandlerAnswers()
    let calls = handlers.map { host, rules in
        HandlerCalls(
            account: bot, rules: rules, store: store, host: host, clock: clock, logger: logger,
            answers: answers)
    }
    let bus = EventBus(
        account: bot, store: store, decider: decider, clock: clock, lifetime: .seconds(3600),
        answers: answers, mostWaiting: mostWaiting,
        decided: { decided in
            calls?.take(decided.calls)
            link.sendable.ring()
            if decided.timersChanged { timers.ring() }
        })
    let group = ServiceGroup(
        services: [
            GatewayService(
                account: bot, gateway: network, link: link, store: store, clock: clock, logger: logger),
            Outbox(
                account: bot, store: store, link: link,
                limits: SendLimits(account: free, chat: free, group: free), clock: clock, logger: logger,
                runsWoken: bus.journaled, moved: bus.outboxMoved, perform: network.perform),
            Timekeeper(account: bot, store: store, bus: bus, moved: timers, clock: clock),
            bus,
            SyncEngine(
                account: bot, gateway: network, store: store, link: link, bus: bus, clock: clock,
                logger: logger),
        ] + (calls.map { [$0] } ?? []), logger: logger)
    try await withThrowingTaskGroup { tasks in
        tasks.addTask { try await group.run() }
        try await body(store)
        await group.triggerGracefulShutdown()
        try await tasks.waitForAll()
    }
}

func temporaryStorePath() throws -> String {
    let folder = FileManager.default.temporaryDirectory.appending(path: "conure-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder.appending(path: "store.sqlite").path
}
