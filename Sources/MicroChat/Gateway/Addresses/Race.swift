/// Decides when the next attempt to connect begins (MicroChat wire protocol, section 2.1): a new one every step, at once
/// when one fails, three in flight at most. Owns no clock and no socket.
struct Race {
    enum Action: Equatable {
        /// Begin this attempt.
        case start(Int)
        /// Nothing to do before then, or before an attempt ends; nil for only the latter.
        case wait(until: Duration?)
        /// All have failed.
        case over
    }

    private static let mostInFlight = 3
    private let count: Int
    private let step: Duration
    private var started = 0
    private var inFlight = 0
    private var nextStart = Duration.zero

    init(of count: Int, step: Duration) {
        self.count = count
        self.step = step
    }

    /// What to do, `now` after the start of the race.
    mutating func next(at now: Duration) -> Action {
        guard started < count else { return inFlight == 0 ? .over : .wait(until: nil) }
        guard inFlight < Self.mostInFlight else { return .wait(until: nil) }
        guard now >= nextStart else { return .wait(until: nextStart) }
        defer { started += 1 }
        inFlight += 1
        nextStart = now + step
        return .start(started)
    }

    /// An attempt has failed.
    mutating func failed(at now: Duration) {
        inFlight -= 1
        nextStart = min(nextStart, now)
    }
}

/// Runs attempts as `Race` decides. The first to succeed wins; the others are cancelled, and what one of them still brings
/// is discarded before this returns.
///
/// - Parameters:
///   - limit: an attempt is given up after so long.
///   - failed: told of each attempt that failed by itself.
/// - Returns: what the winner brought, and which one that was; nil if all failed.
func race<Output: Sendable, C: Clock>(
    of count: Int, step: Duration, limit: Duration, clock: C,
    attempt: @escaping @Sendable (Int) async throws -> Output,
    failed: @Sendable (Int, any Error) async -> Void,
    discard: @escaping @Sendable (Output) async -> Void
) async -> (output: Output, winner: Int)? where C.Duration == Duration, C: Sendable {
    let start = clock.now
    var race = Race(of: count, step: step)
    return await withTaskGroup(of: News<Output>.self) { group in
        // Nobody waits for timers that have become pointless.
        defer { group.cancelAll() }
        var winner: (Output, Int)?
        while winner == nil {
            switch race.next(at: start.duration(to: clock.now)) {
            case .over: return nil
            case .start(let index):
                group.addTask {
                    let result = await attemptWithin(limit, clock: clock, discard: discard) {
                        try await attempt(index)
                    }
                    return .ended(index, result)
                }
                continue
            case .wait(let deadline):
                if let deadline {
                    group.addTask {
                        try? await clock.sleep(until: start.advanced(by: deadline), tolerance: nil)
                        return .time
                    }
                }
            }
            guard case .ended(let index, let result)? = await group.next() else { continue }
            switch result {
            case .success(let output): winner = (output, index)
            case .failure(let error):
                if Task.isCancelled { return nil }
                race.failed(at: start.duration(to: clock.now))
                await failed(index, error)
            }
        }
        group.cancelAll()
        for await case .ended(_, .success(let late)) in group { await discard(late) }
        return winner
    }
}

private enum News<Output: Sendable>: Sendable {
    case ended(Int, Result<Output, any Error>)
    case time
}

/// The attempt took too long.
struct ConnectTimeout: Error, CustomStringConvertible {
    let limit: Duration
    var description: String { "no connection within \(limit)" }
}

private func attemptWithin<Output: Sendable, C: Clock>(
    _ limit: Duration, clock: C, discard: @escaping @Sendable (Output) async -> Void,
    _ attempt: @escaping @Sendable () async throws -> Output
) async -> Result<Output, any Error> where C.Duration == Duration, C: Sendable {
    await withTaskGroup(of: Result<Output, any Error>.self) { group in
        group.addTask {
            do { return .success(try await attempt()) } catch { return .failure(error) }
        }
        group.addTask {
            do { try await clock.sleep(for: limit) } catch { return .failure(error) }
            return .failure(ConnectTimeout(limit: limit))
        }
        let first = await group.next() ?? .failure(CancellationError())
        group.cancelAll()
        for await case .success(let late) in group { await discard(late) }
        return first
    }
}
