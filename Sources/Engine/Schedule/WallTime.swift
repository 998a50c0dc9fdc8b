import Foundation

/// The clock on the wall of a time zone, in seconds: what it shows, and when it shows something first.
///
/// A wall time is counted like an instant, as if the zone were UTC. Zones shift their clocks at least 12 hours apart.
struct WallTime: Sendable {
    let zone: TimeZone

    /// How far a zone's clock is ahead of UTC at most, or behind.
    private static let farthest: Int64 = 16 * 3600
    /// What a clock is set back at most: a day, where a zone has moved over the date line.
    private static let longestRepeat: Int64 = 26 * 3600
    private static let step: Int64 = 8 * 3600

    /// How far the clock is ahead of UTC.
    func offset(at instant: Int64) -> Int64 {
        Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(instant))))
    }

    /// The first instant at which the clock shows `wall`, or more where it jumps over that: a time that occurs twice is
    /// its first, and one that does not exist is the end of the gap.
    func firstInstant(showing wall: Int64) -> Int64 {
        let end = wall + Self.farthest
        for (start, next, offset) in stretches(from: wall - Self.farthest, to: end) {
            let instant = max(start, wall - offset)
            if instant < next { return instant }
        }
        return end
    }

    /// The highest that the clock has shown, up to and with this instant: what it shows, but for the time after it was
    /// set back.
    func highest(until instant: Int64) -> Int64 {
        let now = instant + 1
        return stretches(from: now - Self.longestRepeat, to: now).map { $0.end - 1 + $0.offset }.max()
            ?? instant
    }

    /// Times without a shift between `from` and `to`, in order, with the clock's offset in each.
    private func stretches(from: Int64, to end: Int64) -> [(start: Int64, end: Int64, offset: Int64)] {
        var stretches: [(start: Int64, end: Int64, offset: Int64)] = []
        var start = from
        var offset = offset(at: from)
        var known = from
        while known < end {
            let next = min(known + Self.step, end)
            let after = self.offset(at: next)
            if after != offset {
                let shift = shift(after: known, upTo: next, from: offset)
                stretches.append((start, shift, offset))
                (start, offset) = (shift, after)
            }
            known = next
        }
        if start < end { stretches.append((start, end, offset)) }
        return stretches
    }

    /// The first second with another offset.
    private func shift(after: Int64, upTo: Int64, from offset: Int64) -> Int64 {
        var (same, other) = (after, upTo)
        while other - same > 1 {
            let middle = same + (other - same) / 2
            if self.offset(at: middle) == offset { same = middle } else { other = middle }
        }
        return other
    }
}
