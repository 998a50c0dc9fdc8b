import Synchronization

/// How long to wait before each attempt to connect (MicroChat wire protocol, section 5.4): the list's waits one after
/// the other, the last again and again, from the start after a login.
struct ReconnectWaits {
    /// One attempt, which may come as far as a login.
    final class Attempt: Sendable {
        private let loggedIn = Atomic(false)

        func succeeded() { loggedIn.store(true, ordering: .relaxed) }
        var hasSucceeded: Bool { loggedIn.load(ordering: .relaxed) }
    }

    private let waits: [Duration]
    private var failures = 0

    init(_ waits: [Duration]) { self.waits = waits }

    func begin() -> Attempt { Attempt() }

    /// The wait after an attempt that is over.
    mutating func next(after attempt: Attempt) -> Duration {
        if attempt.hasSucceeded { failures = 0 }
        defer { failures += 1 }
        return waits.isEmpty ? .seconds(5) : waits[min(failures, waits.count - 1)]
    }
}
