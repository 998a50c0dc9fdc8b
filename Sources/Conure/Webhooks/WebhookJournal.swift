import BotKit
import Engine
import Store
import Synchronization

/// Puts calls of the bot's webhooks into the journals of its accounts.
final class WebhookJournal: Sendable {
    private let store: Store
    private let buses = Mutex<[(account: AccountID, bus: EventBus)]>([])

    init(store: Store) { self.store = store }

    /// Tells of an account whose rules may be called.
    func add(_ account: AccountID, _ bus: EventBus) { buses.withLock { $0.append((account, bus)) } }

    /// Keeps a call, for every account once.
    ///
    /// - Returns: false if it is there already.
    func keep(_ call: WebhookCall) async throws -> Bool {
        let now = SystemClock().now
        let event = Event(
            id: EventID("webhook:\(call.id)"), chat: .none, chatKind: .private, time: now,
            body: .webhook(call))
        var isNew = false
        for (account, bus) in buses.withLock({ $0 })
        where try await store.append(event, to: account, now: now) {
            bus.journaled()
            isNew = true
        }
        return isNew
    }
}
