package import BotKit

/// What can start a rule, by its key in the rules file.
package enum TriggerHead: String, Hashable, Sendable, CaseIterable {
    case message
    case friendRequest = "friend_request"
    case friendAdded = "friend_added"
    case friendLost = "friend_lost"
    case group, schedule, webhook, bot, event

    /// What an event can start; nil if nothing.
    package init?(_ body: Event.Body) {
        switch body {
        case .message: self = .message
        case .friendRequest: self = .friendRequest
        case .recall: return nil
        case .friendAdded: self = .friendAdded
        case .friendLost: self = .friendLost
        case .group: self = .group
        case .webhook: self = .webhook
        case .bot: self = .bot
        case .emitted: self = .event
        case .scheduled: self = .schedule
        case .wake: return nil
        }
    }
}
