package import BotKit
package import Store

/// What a broadcast of a rule would be if it began now.
package struct BroadcastPreview: Sendable {
    /// Which step of the rule it is.
    package var step: String
    package var order: BroadcastOrder
}

extension RuleSet {
    /// The broadcasts of a rule as they would be now, each by itself: what steps before it would save is not there.
    ///
    /// - Returns: nil if there is no such rule.
    /// - Throws: `BroadcastProblem` if one cannot begin, or what `state` throws.
    package func broadcasts(
        of rule: String, account: AccountID, now: Timestamp, _ state: any RuleState
    ) throws -> [BroadcastPreview]? {
        guard let rule = rules.first(where: { $0.id == rule }) else { return nil }
        let event = Event(
            id: "preview", chat: .none, chatKind: .private, time: now,
            body: .scheduled(ScheduledTime(rule: rule.id, trigger: 0, time: now)))
        let view = EventView(
            event: event, head: .schedule, circumstances: Circumstances(account: account, now: now),
            state: state,
            scan: nil)
        let run = RuleRun(view: view, startValues: startValues, media: media)
        run.prepare(rule, RunPlace(isOtherwise: false, groups: [:]))
        let instructions = rule.steps.instructions + (rule.otherwise?.instructions ?? [])
        return try instructions.compactMap { instruction in
            guard case .act(let step) = instruction, case .broadcast(let broadcast) = step.act else {
                return nil
            }
            do {
                return BroadcastPreview(step: broadcast.label, order: try run.order(of: broadcast, rule))
            } catch let error as TemplateError {
                throw BroadcastProblem(description: "\(rule.id), \(broadcast.label): \(error.reason)")
            }
        }
    }
}

/// Why a broadcast cannot begin.
package struct BroadcastProblem: Error, CustomStringConvertible {
    package let description: String
}

extension BroadcastOrder {
    /// What somebody would get.
    ///
    /// - Throws: `BroadcastProblem` if they would get nothing.
    package func text(for id: String, _ state: StoredState) throws -> String {
        if let content { return "[\(content.kind)]" }
        do {
            return try BroadcastTexts(BroadcastPlan(json: plan), number: 0)
                .text(for: RecipientFacts(id, in: state))
        } catch let error as TemplateError {
            throw BroadcastProblem(description: error.reason)
        }
    }
}
