import BotKit
import Synchronization

/// A memory that forgets at the end of the test.
final class TestMemory: GatewayMemory {
    private let values: Mutex<[String: [UInt8]]>

    init(_ values: [String: [UInt8]] = [:]) { self.values = Mutex(values) }

    func load(_ key: String) async throws -> [UInt8]? { values.withLock { $0[key] } }

    func save(_ bytes: [UInt8]?, as key: String) async throws { values.withLock { $0[key] = bytes } }
}
