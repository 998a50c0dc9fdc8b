import BotKit
import Foundation
import Store

/// How a broadcast spreads its messages over time, besides what the account's limits say: so many a minute, at certain
/// times of the day, and never in quiet hours.
struct Pacing: Hashable, Sendable, Codable {
    /// A part of the day, in minutes after midnight.
    struct Hours: Hashable, Sendable, Codable {
        var from: Int
        var to: Int
        /// Days on which it begins, 0 for Monday; nil for all.
        var days: Set<Int>?
    }

    /// Microseconds from one to the next; nil for as fast as they may.
    var interval: Int64?
    /// When they may leave; nil for always.
    var window: Hours?
    /// When they must not; nil for never.
    var quiet: Hours?
    /// The IANA zone by whose clock those are.
    var timezone: String

    /// The next moments at which a message may leave.
    ///
    /// - Parameters:
    ///   - arrival: what the last one left behind.
    ///   - horizon: later ones are not given.
    ///   - usual: microseconds from one to the next where the broadcast says nothing.
    /// - Returns: them, and when to ask again if the horizon was in the way.
    func slots(
        _ count: Int, after arrival: Timestamp, now: Timestamp, horizon: Timestamp, usual: Int64?
    ) -> (slots: [BroadcastSlot], next: Timestamp?) {
        let hours = OpenHours(self)
        var slots: [BroadcastSlot] = []
        var arrival = arrival
        while slots.count < count {
            let time = hours.opening(at: max(arrival, now))
            guard time <= horizon else { return (slots, time) }
            arrival = Timestamp(microseconds: time.microseconds + (interval ?? usual ?? 0))
            slots.append(BroadcastSlot(time: time, arrival: arrival))
        }
        return (slots, nil)
    }

    /// When the last of so many may leave.
    func end(of count: Int, after arrival: Timestamp, now: Timestamp, usual: Int64?) -> Timestamp {
        let hours = OpenHours(self)
        let interval = interval ?? usual ?? 0
        var time = hours.opening(at: max(arrival, now))
        var left = Int64(max(0, count - 1))
        // A period at a time, some years at most.
        for _ in 0..<4000 where left > 0 {
            guard let end = hours.closing(after: time) else { break }
            let fit = interval == 0 ? left : (end.microseconds - time.microseconds - 1) / interval
            let taken = min(left, max(0, fit))
            left -= taken
            guard left > 0 else { return Timestamp(microseconds: time.microseconds + taken * interval) }
            // The next one is the first of the next period.
            left -= 1
            time = hours.opening(at: end)
        }
        return Timestamp(microseconds: time.microseconds + left * interval)
    }
}

extension Pacing {
    /// The quiet time that it is then, or that comes next. What cannot leave for it leaves afterwards: a broadcast that
    /// lost a part of its recipients would be no broadcast.
    func quietTime(at time: Timestamp) -> QuietTime? { OpenHours(self).quiet?.next(at: time) }
}

/// The times at which a broadcast's messages may leave.
private struct OpenHours {
    private let window: QuietHours?
    let quiet: QuietHours?

    init(_ pacing: Pacing) {
        let zone = TimeZone(identifier: pacing.timezone) ?? .gmt
        func hours(_ hours: Pacing.Hours?) -> QuietHours? {
            hours.map {
                QuietHours(
                    window: TimeCheck.Window(from: $0.from, to: $0.to), timezone: zone, days: $0.days)
            }
        }
        (window, quiet) = (hours(pacing.window), hours(pacing.quiet))
    }

    /// That moment if it is one of them, else the next one that is.
    func opening(at time: Timestamp) -> Timestamp {
        var time = time
        // The end of one kind of hours may lie within the other; where they leave nothing, the window wins.
        for _ in 0..<16 {
            let start = time
            if let window = window?.next(at: time), !window.contains(time) { time = window.from }
            if let quiet = quiet?.next(at: time), quiet.contains(time) { time = quiet.to }
            if time == start { break }
        }
        return time
    }

    /// When that period is over; nil if it never is.
    func closing(after time: Timestamp) -> Timestamp? {
        let ends = [window?.next(at: time)?.to, quiet?.next(at: time)?.from].compactMap { $0 }
        return ends.filter { $0 > time }.min()
    }
}
