package import BotKit
package import Store

/// Decides by a rules file.
package struct RuleDecider: Decider {
    let account: AccountID
    let rules: RuleSet
    let store: Store
    let clock: any WallClock

    package init(account: AccountID, rules: RuleSet, store: Store, clock: any WallClock) {
        self.account = account
        self.rules = rules
        self.store = store
        self.clock = clock
    }

    package func decide(_ events: [PendingEvent]) async throws -> [Decision] {
        guard let chat = events.first?.event.chat else { return [] }
        var picks = rules.picksTexts ? try await store.picks(of: account, in: chat) : [:]
        return events.map { pending in
            let circumstances = Circumstances(
                account: account, sender: pending.sender, chat: pending.chat, now: clock.now, lastPicks: picks
            )
            let decision = rules.decide(pending.event, in: circumstances)
            picks.merge(decision.picks) { $1 }
            return decision
        }
    }
}
