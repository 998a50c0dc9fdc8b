/// What a rule's run has waited for.
public struct RunWake: Hashable, Sendable, Codable {
    /// The run.
    public var run: String
    /// How often it had waited by then: a wake that comes too late, for a wait that has ended otherwise, is none.
    public var turn: Int
    /// What has come.
    public var outcome: Outcome

    /// What can have come.
    public enum Outcome: Hashable, Sendable, Codable {
        /// The time that it waited for, or the most that it was to wait.
        case time
        /// Its turn, behind others of the same rule.
        case turn
        /// What it had put into the outbox has left; with what was answered, if anything was.
        case done(answer: String)
        /// What it had put into the outbox will not leave, and why.
        case failed(reason: String)
        /// The owner's word that it is to end.
        case cancelled
    }

    /// What a rule's run has waited for.
    public init(run: String, turn: Int, outcome: Outcome) {
        self.run = run
        self.turn = turn
        self.outcome = outcome
    }
}
