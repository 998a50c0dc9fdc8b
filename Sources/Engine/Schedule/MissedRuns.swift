package import BotKit

/// What is to be done about the moments of a schedule that have come.
package struct DueMoments: Hashable, Sendable {
    /// Those to run now, in order.
    package var run: [Timestamp] = []
    /// The last that has come, whether it is run or not; nil if none has.
    package var last: Timestamp?
    /// How many came and are not run.
    package var skipped = 0
    /// Whether there were more, further back, that nobody counted.
    package var more = false
}

extension Schedule {
    /// A moment that is late by no more than this was not missed: the machine was busy.
    static let patience = Duration.seconds(60)
    /// Of more missed moments than this, only the newest are made up for.
    package static let mostMadeUp = 1000

    /// Says which of the moments that have come are run: the newest if it is on time, and of those that were missed
    /// what `missed` and `within` say.
    ///
    /// - Parameter first: the first moment that nobody has looked at.
    package func come(from first: Timestamp, now: Timestamp, name: String) -> DueMoments {
        let (moments, more) = newest(from: first, to: now, name: name)
        guard let last = moments.last else { return DueMoments() }
        let isOnTime = now - due(last, name: name) <= Self.patience
        let young = moments.filter { now - due($0, name: name) <= within }
        var run: [Timestamp]
        switch missed {
        case .skip: run = isOnTime ? [last] : []
        case .runOnce: run = isOnTime || young.last == last ? [last] : []
        case .runAll: run = isOnTime && young.last != last ? [last] : young
        }
        run = run.suffix(Self.mostMadeUp)
        return DueMoments(run: run, last: last, skipped: moments.count - run.count, more: more)
    }

    /// The newest moments that are due by now, at most one more than can be made up for; and whether there are more.
    private func newest(from first: Timestamp, to now: Timestamp, name: String) -> ([Timestamp], more: Bool) {
        // Looked for in spans that grow, so that years of seconds are not all counted.
        var span = shortestInterval.microseconds * Int64(Self.mostMadeUp)
        while true {
            let start = max(first.microseconds, now.microseconds - span)
            var moments: [Timestamp] = []
            var next = self.next(after: Timestamp(microseconds: start - 1))
            while let moment = next, moment <= now, due(moment, name: name) <= now {
                moments.append(moment)
                next = self.next(after: moment)
            }
            let isAll = start == first.microseconds
            // Older ones are not made up for anyway; but the newest must be known.
            let isEnough = moments.count > Self.mostMadeUp || !moments.isEmpty && span > within.microseconds
            if isAll || isEnough { return (moments, !isAll) }
            span *= 2
        }
    }

    private var shortestInterval: Duration {
        if case .every(let interval) = recurrence { interval } else { .seconds(60) }
    }
}
