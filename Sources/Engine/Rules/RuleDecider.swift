package import BotKit
package import Store

/// Decides by the rules in force.
package struct RuleDecider: Decider {
    let account: AccountID
    let rules: LiveRules

    package init(account: AccountID, rules: LiveRules) {
        self.account = account
        self.rules = rules
    }

    package func decide(_ pending: PendingEvent, _ state: StoredState) throws -> Decision {
        let circumstances = Circumstances(
            account: account, sender: pending.sender, chat: pending.chat, now: state.now)
        return try rules.current.decide(pending.event, in: circumstances, state)
    }
}
