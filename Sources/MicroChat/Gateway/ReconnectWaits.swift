import Synchronization

/// How long to wait before each attempt to connect (MicroChat wire protocol, section 5.4): the list's waits one after
/// the other, the last again and again, from the start after a login.
struct ReconnectWaits {
    /// One attempt, which may come as far as a session.
    final class Attempt: Sendable {
        fileprivate struct Course {
            var hasSucceeded = false
            var doubted: ContinuousClock.Instant?
        }

        fileprivate let course = Mutex(Course())

        func succeeded() { course.withLock { $0.hasSucceeded = true } }

        /// The machine slept, or changed its network: if the link ends now, that is why.
        func doubted(at now: ContinuousClock.Instant) { course.withLock { $0.doubted = now } }
    }

    /// An end so soon after a change is its consequence.
    private static let soon = Duration.seconds(60)

    private let waits: [Duration]
    private var failures = 0

    init(_ waits: [Duration]) { self.waits = waits }

    func begin() -> Attempt { Attempt() }

    /// The wait after an attempt that is over: none if the network changed.
    mutating func next(after attempt: Attempt, now: ContinuousClock.Instant = .now) -> Duration {
        let course = attempt.course.withLock { $0 }
        if course.hasSucceeded { failures = 0 }
        if course.hasSucceeded, let doubted = course.doubted, now - doubted < Self.soon { return .zero }
        defer { failures += 1 }
        return waits.isEmpty ? .seconds(5) : waits[min(failures, waits.count - 1)]
    }
}
