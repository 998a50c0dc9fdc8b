/// What a gateway keeps for itself across restarts: opaque bytes under names of its own, one set an account.
///
/// A gateway must not depend on it for anything that it could not find out again: what is lost costs time, not messages.
public protocol GatewayMemory: Sendable {
    /// What was last saved as `key`; nil if nothing was.
    func load(_ key: String) async throws -> [UInt8]?

    /// Keeps bytes, on disk when this returns, in place of what was kept as `key` before.
    ///
    /// - Parameter bytes: nil to forget the key.
    func save(_ bytes: [UInt8]?, as key: String) async throws
}

/// Remembers nothing.
public struct NoMemory: GatewayMemory {
    /// Remembers nothing.
    public init() {}

    /// Nil.
    public func load(_ key: String) async throws -> [UInt8]? { nil }

    /// Does nothing.
    public func save(_ bytes: [UInt8]?, as key: String) async throws {}
}
