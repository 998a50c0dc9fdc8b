import ServiceLifecycle

/// Does something until the program ends. That may be in the midst of it, and is no error.
func untilShutdown(_ body: @escaping @Sendable () async throws -> Void) async throws {
    do {
        try await cancelWhenGracefulShutdown(body)
    } catch is CancellationError {}
}
