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
        let rules = rules.current
        var decision = try rules.decide(pending.event, in: circumstances, state)
        // What the handler is told belongs to the same instant, and is at hand here.
        if var run = decision.onlyCall, var live = run.state as? LiveRunState {
            live.request = try rules.invocation(
                of: run, startedBy: pending, account: account, now: state.now, state)
            run.state = live
            decision.runs = [.waits(run)]
        }
        return decision
    }
}
