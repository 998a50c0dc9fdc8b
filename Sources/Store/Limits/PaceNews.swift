package import BotKit

/// What happens to how fast an account may act.
package enum PaceNews: Hashable, Sendable {
    /// The network said "too often": nothing of the kind leaves until then, and less after that.
    case slowedDown(ActionKind, until: Timestamp)
    /// So many were refused in a row that the kind pauses until then.
    case paused(ActionKind, until: Timestamp)
    /// Full speed again.
    case recovered(ActionKind)
    /// Four fifths of what may leave today have left.
    case nearlySpent(ActionKind, budget: Int)
}

extension ActionKind {
    /// Its name for people.
    package var words: String { rawValue.replacing("_", with: " ") }
}
