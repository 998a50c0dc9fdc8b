package import BotKit
package import Store

/// Decides what follows from events. Must be deterministic: an event may be decided again after a crash, and only one
/// of the decisions takes effect.
package protocol Decider: Sendable {
    /// Decides one event, within the transaction that commits the decision.
    func decide(_ pending: PendingEvent, _ state: StoredState) throws -> Decision
}
