/// What one account's gateway remembers across restarts, under keys of its own choice: a session, addresses that worked.
///
/// Everything in it must be dispensable: a save that was lost, or an old value, costs time and nothing else.
public protocol GatewayMemory: Sendable {
    /// What was saved last as `key`; nil if nothing was.
    func load(_ key: String) async throws -> [UInt8]?

    /// Saves `bytes` as `key`, in place of what was there; nil forgets it. It is on disk when this returns.
    func save(_ bytes: [UInt8]?, as key: String) async throws
}
