import Synchronization

/// Lets everybody go at once, when the last has come.
final class Gate: Sendable {
    private let state: Mutex<(missing: Int, waiters: [CheckedContinuation<Void, Never>])>

    init(_ count: Int) { state = Mutex((count, [])) }

    func wait() async {
        await withCheckedContinuation { continuation in
            let all = state.withLock { state in
                state.missing -= 1
                state.waiters.append(continuation)
                return state.missing == 0 ? state.waiters : []
            }
            for waiter in all { waiter.resume() }
        }
    }
}

/// What one person's talk came to.
final class Talk: Sendable {
    typealias Value = (begin: ContinuousClock.Instant, end: ContinuousClock.Instant, latencies: [Duration])
    private let value = Mutex<Value>((.now, .now, []))

    func set(_ new: Value) { value.withLock { $0 = new } }
    func get() -> Value { value.withLock { $0 } }
}
