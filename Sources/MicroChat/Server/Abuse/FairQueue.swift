import NIOCore
import Synchronization

/// What waits to be worked on: a queue for each source, and each source in turn. Who brings a thousand jobs waits for all
/// of them, and who brings one waits for one of each other source.
package final class FairQueue<Source: Hashable & Sendable, Job: Sendable>: Sendable {
    private struct State {
        private var jobs: [Source: CircularBuffer<Job>] = [:]
        /// Every source that has something waiting, in the order of their turns.
        private var turns = CircularBuffer<Source>()
        private(set) var count = 0

        mutating func add(_ job: Job, from source: Source) {
            if jobs[source] == nil { turns.append(source) }
            jobs[source, default: CircularBuffer(initialCapacity: 1)].append(job)
            count += 1
        }

        mutating func next() -> Job? {
            guard let source = turns.popFirst(), let job = jobs[source]?.popFirst() else { return nil }
            count -= 1
            if jobs[source]?.isEmpty == true { jobs[source] = nil } else { turns.append(source) }
            return job
        }

        /// The newest job of the source that has the most.
        mutating func dropFromLongest() -> Job? {
            guard let longest = jobs.max(by: { $0.value.count < $1.value.count }) else { return nil }
            count -= 1
            if longest.value.count == 1 {
                jobs[longest.key] = nil
                turns.removeAll { $0 == longest.key }
                return longest.value.first
            }
            return jobs[longest.key]?.popLast()
        }
    }

    private let limit: Int
    private let state = Mutex(State())
    private let signals: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation

    /// - Parameter limit: how many jobs may wait.
    package init(limit: Int) {
        self.limit = limit
        (signals, signal) = AsyncStream.makeStream()
    }

    /// Takes in a job. If too many wait, the source with the most loses its newest.
    ///
    /// - Returns: the job that had to go, if one had to. It may be the new one.
    package func add(_ job: Job, from source: Source) -> Job? {
        let dropped = state.withLock { state in
            state.add(job, from: source)
            return state.count > limit ? state.dropFromLongest() : nil
        }
        // One signal for each job that waits.
        if dropped == nil { signal.yield() }
        return dropped
    }

    /// Works on jobs, one after the other, until cancelled. Several tasks may do so at a time.
    package func work(_ body: @Sendable (Job) async -> Void) async {
        for await _ in signals {
            if let job = state.withLock({ $0.next() }) { await body(job) }
        }
    }
}
