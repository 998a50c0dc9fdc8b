import BotKit
import Synchronization

/// A network in memory: a list of events, what was acknowledged, and what arrived of what we sent.
final class FakeNetwork: Gateway {
    struct State {
        var events: [Event] = []
        var acknowledged = 0
        var pulls = 0
        /// Everything that was performed, in order.
        var performed: [Outgoing] = []
        /// What the next attempts come to; success once it is empty.
        var outcomes: [GatewayError] = []
        /// Why nothing can be fetched.
        var failure: GatewayError?
        var notify: (@Sendable (GatewayNotice) -> Void)?
    }

    let state = Mutex(State())
    /// Rung after every perform and acknowledge.
    let (moves, move) = AsyncStream.makeStream(of: Void.self)
    let pageSize: Int

    init(pageSize: Int = 3) { self.pageSize = pageSize }

    func run(notify: @escaping @Sendable (GatewayNotice) -> Void) async throws {
        notify(.online(Identity(id: "bot-person", name: "Bot")))
        state.withLock { $0.notify = notify }
        move.yield()
        try await Task.sleep(for: .seconds(86400))
    }

    func happen(_ events: [Event]) {
        let notify = state.withLock { state in
            state.events += events
            return state.notify
        }
        notify?(.changed)
    }

    func notify(_ notice: GatewayNotice) { state.withLock { $0.notify }?(notice) }

    func changes(since key: SyncKey?) async throws(GatewayError) -> Changes {
        if let failure = state.withLock({ state in
            state.pulls += 1
            return state.failure
        }) {
            throw failure
        }
        return state.withLock { state in
            let from = Int(key?.bytes.first ?? 0)
            let to = min(from + pageSize, state.events.count)
            return Changes(
                key: SyncKey(bytes: [UInt8(to)]), events: Array(state.events[from..<to]),
                hasMore: to < state.events.count)
        }
    }

    func acknowledge(_ key: SyncKey) async throws(GatewayError) {
        state.withLock { $0.acknowledged = Int(key.bytes.first ?? 0) }
        move.yield()
    }

    func perform(_ batch: [Outgoing]) async -> [Result<Receipt, GatewayError>] {
        defer { move.yield() }
        return state.withLock { state in
            batch.map { outgoing in
                state.performed.append(outgoing)
                guard !state.outcomes.isEmpty else { return .success(Receipt(serverID: "s")) }
                return .failure(state.outcomes.removeFirst())
            }
        }
    }

    /// Returns once `condition` holds.
    func until(_ condition: @Sendable (State) -> Bool) async {
        var moves = moves.makeAsyncIterator()
        while !state.withLock({ condition($0) }) { await moves.next() }
    }
}
