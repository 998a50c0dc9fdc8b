/// How long a call may take (MicroChat wire protocol, section 15, the column for fixed networks). Values only.
package struct CallTimeouts: Hashable, Sendable {
    /// Until the answer's first byte, for a request of no size.
    package var firstByte = Duration.seconds(12)
    /// The slowest network that is waited for, in bytes a second.
    package var slowest = 12 << 10
    /// Until the first byte, however large the request.
    package var mostForFirstByte = Duration.seconds(22)
    /// More for each earlier request that is still unanswered.
    package var forEachEarlier = Duration.milliseconds(1500)
    /// So many earlier requests count.
    package var mostEarlier = 5
    /// Between two reads of one answer.
    package var gap = Duration.seconds(8)
    /// An answer of this size still arrives in time on the slowest network.
    package var usualAnswer = 64 << 10
    /// For the whole task, with its second try.
    package var task = Duration.seconds(40)
    /// Before the second try.
    package var betweenTries = Duration.seconds(1)

    package init() {}

    /// How long to wait for the first byte of an answer.
    ///
    /// - Parameter earlier: requests that left before this one and have no answer yet.
    package func untilFirstByte(requestBytes: Int, earlier: Int) -> Duration {
        min(firstByte + time(for: requestBytes), mostForFirstByte)
            + forEachEarlier * min(max(earlier, 0), mostEarlier)
    }

    /// How long to wait for the last byte.
    package func untilLastByte(requestBytes: Int, earlier: Int) -> Duration {
        untilFirstByte(requestBytes: requestBytes, earlier: earlier) + time(for: usualAnswer)
    }

    private func time(for bytes: Int) -> Duration {
        .microseconds(Int64(max(bytes, 0)) * 1_000_000 / Int64(max(slowest, 1)))
    }
}

/// When to give up one answer, moved on by every read.
struct AnswerDeadline {
    typealias Instant = ContinuousClock.Instant

    /// Give up then.
    private(set) var instant: Instant
    private let last: Instant
    private let gap: Duration

    /// A request of so many bytes leaves now.
    ///
    /// - Parameter limit: when the whole task ends.
    init(
        _ timeouts: CallTimeouts, requestBytes: Int, earlier: Int, sent now: Instant, taskEnds limit: Instant
    ) {
        gap = timeouts.gap
        last = min(now + timeouts.untilLastByte(requestBytes: requestBytes, earlier: earlier), limit)
        instant = min(now + timeouts.untilFirstByte(requestBytes: requestBytes, earlier: earlier), limit)
    }

    /// Bytes of the answer arrived.
    mutating func read(at now: Instant) { instant = min(now + gap, last) }
}
