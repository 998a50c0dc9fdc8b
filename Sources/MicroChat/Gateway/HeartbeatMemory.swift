import BotKit
import Foundation
import Synchronization

/// What is known of how long each network lets a link be silent. Survives a restart if there is a memory.
final class HeartbeatMemory: Sendable {
    private static let key = "heartbeats"
    /// Networks that are remembered.
    private static let most = 32

    private struct Known: Codable, Hashable {
        var interval: AdaptiveInterval
        var used: Timestamp
    }

    private let memory: (any GatewayMemory)?
    private let networks = Mutex<[String: Known]>([:])

    init(_ memory: (any GatewayMemory)?) { self.memory = memory }

    /// Reads what an earlier process learned. What can't be read is learned again.
    func load() async {
        guard let bytes = try? await memory?.load(Self.key),
            let known = try? JSONDecoder().decode([String: Known].self, from: Data(bytes))
        else { return }
        networks.withLock { $0 = known }
    }

    func interval(of network: String) -> AdaptiveInterval {
        networks.withLock { $0[network]?.interval } ?? AdaptiveInterval()
    }

    /// Keeps what was learned of a network, if it is new.
    func learn(_ interval: AdaptiveInterval, of network: String, now: Timestamp) async {
        let changed = networks.withLock { networks -> [String: Known]? in
            guard networks[network]?.interval != interval else { return nil }
            networks[network] = Known(interval: interval, used: now)
            if networks.count > Self.most, let oldest = networks.min(by: { $0.value.used < $1.value.used }) {
                networks[oldest.key] = nil
            }
            return networks
        }
        guard let changed, let bytes = try? JSONEncoder().encode(changed) else { return }
        try? await memory?.save(Array(bytes), as: Self.key)
    }
}
