package import BotKit
package import Store

/// Decides by a rules file.
package struct RuleDecider: Decider {
    let account: AccountID
    let rules: RuleSet

    package init(account: AccountID, rules: RuleSet) {
        self.account = account
        self.rules = rules
    }

    package func decide(_ pending: PendingEvent, _ state: StoredState) throws -> Decision {
        let circumstances = Circumstances(
            account: account, sender: pending.sender, chat: pending.chat, now: state.now)
        return try rules.decide(pending.event, in: circumstances, state)
    }
}
