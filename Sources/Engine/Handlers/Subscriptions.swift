import BotKit
import Foundation

extension RulesFile {
    /// Takes in what handlers want to hear of by themselves: to the engine those are rules before all others, which leave
    /// the others their turn.
    ///
    /// - Parameter catalog: the handlers of the bots that the file names.
    /// - Returns: what is wrong with what they want; that is left out.
    package mutating func take(subscriptionsOf catalog: HandlerCatalog) -> [String] {
        var problems: [String] = []
        var added: [Rule] = []
        for declaration in catalog.declarations {
            for (number, subscription) in (declaration.on ?? []).enumerated() {
                let id = "bot:\(declaration.name):\(number)"
                if let trigger = Trigger(subscription, rule: id, zone: bot.timezone) {
                    added.append(Rule(id: id, calls: declaration.name, on: trigger, subscription, for: bot))
                } else {
                    problems.append(
                        "\(declaration.name) wants to hear of \(subscription.event.rawValue) in a way that is not possible"
                    )
                }
            }
        }
        if !added.isEmpty { rules = rules.preceded(by: added, cache: cache) }
        return problems
    }
}

extension Trigger {
    fileprivate init?(_ subscription: Subscription, rule: String, zone: String) {
        switch subscription.event {
        case .message:
            let kinds = Set(subscription.kinds ?? ["text"])
            guard !kinds.isEmpty, kinds.isSubset(of: MessageTrigger.kindNames) else { return nil }
            self = .message(MessageTrigger(kinds: kinds))
        case .friendRequest: self = .friendRequest(FriendRequestTrigger())
        case .friendAdded: self = .friendAdded(nil)
        case .friendLost: self = .friendLost(nil)
        case .timer:
            guard let length = subscription.every.flatMap({ Duration(handlerSeconds: $0) }),
                length >= .seconds(1)
            else { return nil }
            self = .schedule(
                ScheduleTrigger(
                    rule: rule, number: 0,
                    schedule: Schedule(.every(length), timezone: TimeZone(identifier: zone) ?? .gmt)))
        }
    }
}

extension Rule {
    fileprivate convenience init(
        id: String, calls handler: String, on trigger: Trigger, _ subscription: Subscription,
        for bot: BotSettings
    ) {
        let call = HandlerCall(handler: handler, arguments: [], bot: bot)
        var terms = RuleTerms()
        // A chat has one invocation at a time as it is; only who is asked something is out of its chat's way.
        terms.mode = RunMode(
            kind: subscription.event == .timer ? .single : .parallel,
            scope: subscription.event == .timer ? .rule : .chat, most: 1_000_000)
        self.init(
            id: id, name: handler, place: RulePlace(file: handler, line: 0),
            position: Position(line: 0, column: 0), triggers: [trigger], conditions: [],
            steps: Program(instructions: [.act(Step(act: .call(call), label: handler))]), otherwise: nil,
            continues: true, terms: terms, hash: "\(id):\(trigger.head.rawValue)")
    }
}
