import Synchronization

/// A clock that goes when a test says so.
final class TestClock: Sendable {
    private let seconds = Mutex<Int64>(1_700_000_000)

    var now: Int64 { seconds.withLock { $0 } }

    func advance(by interval: Int64) { seconds.withLock { $0 += interval } }
}
