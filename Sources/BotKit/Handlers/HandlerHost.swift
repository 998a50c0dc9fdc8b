/// What runs handlers: the engine asks it, and knows nothing of processes.
package protocol HandlerHost: Sendable {
    /// Asks a handler, once for each attempt.
    ///
    /// - Returns: what the handler says, or why it could not say anything.
    func invoke(_ invocation: Invocation) async -> InvocationResult
}

/// What came of one attempt.
package enum InvocationResult: Hashable, Sendable {
    /// What the handler says; it may say that it failed.
    case outcome(HandlerOutcome)
    /// The worker died, hung or spoke garbage over it, and is replaced; with what is known of it: reason, back-trace.
    case lost(reason: String)
    /// No worker offers such a handler now, or none can be started, and why; it is worth another attempt later.
    case unavailable(reason: String)
    /// The program ends.
    case cancelled
}
