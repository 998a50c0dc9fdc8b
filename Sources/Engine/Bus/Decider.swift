package import BotKit
package import Store

/// Decides what follows from events. Must be deterministic: an event may be decided again after a crash, and only one
/// of the decisions takes effect.
package protocol Decider: Sendable {
    /// Decides events of one chat, in order.
    ///
    /// - Returns: a decision for each.
    func decide(_ events: [PendingEvent]) async throws -> [Decision]
}
