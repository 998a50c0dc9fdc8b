package import BotKit
import ServiceLifecycle
package import Store

/// Tells the rules what happens to the bot itself, through the journal like anything else.
package struct BotMoments: Service {
    let account: AccountID
    let store: Store
    let bus: EventBus
    let clock: any WallClock

    package init(account: AccountID, store: Store, bus: EventBus, clock: any WallClock) {
        self.account = account
        self.store = store
        self.bus = bus
        self.clock = clock
    }

    /// Tells of the start and, before anything else is shut down, of the end.
    package func run() async throws {
        try await tell(.started)
        try? await gracefulShutdown()
        try await tell(.stopping)
    }

    /// Puts a moment into the journal.
    package func tell(_ moment: BotMoment) async throws {
        let now = clock.now
        let event = Event(
            id: EventID("bot:\(moment.rawValue):\(now.microseconds)"), chat: .none, chatKind: .private,
            time: now, body: .bot(moment))
        if try await store.append(event, to: account, now: now) { bus.journaled() }
    }
}
