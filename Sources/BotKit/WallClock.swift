import Glibc

/// The time of day, and waiting for one. Everything that asks for the time gets it from here, so that tests can
/// move it by hand.
public protocol WallClock: Sendable {
    /// The present instant.
    var now: Timestamp { get }

    /// Returns once `now` is at or past `deadline`.
    ///
    /// - Throws: `CancellationError` when the task is cancelled first.
    func sleep(until deadline: Timestamp) async throws
}

extension WallClock {
    /// Returns after `duration`. Throws `CancellationError` when the task is cancelled first.
    public func sleep(for duration: Duration) async throws {
        try await sleep(until: now + duration)
    }
}

/// The machine's own clock.
public struct SystemClock: WallClock {
    /// The machine's own clock.
    public init() {}

    /// The present instant.
    public var now: Timestamp {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }

    /// Sleeps on the monotonic clock, so a machine whose wall clock is set back does not sleep for longer.
    public func sleep(until deadline: Timestamp) async throws {
        try await Task.sleep(for: max(.zero, deadline - now), tolerance: .zero)
    }
}
