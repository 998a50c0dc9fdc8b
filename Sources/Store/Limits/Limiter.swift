import BotKit
import DurableSQLite
import GRDB

/// The generic cell rate algorithm: no timers, no counters, exact across restarts.
///
/// It holds the *theoretical arrival time*: when the next action would come if all so far had come at the exact rate.
/// An action is free while that is no more than a burst ahead of the clock.
struct Arrival: Hashable {
    var microseconds: Int64

    /// When an action is free; not later than now if it is already.
    func free(at rate: Rate) -> Int64 {
        let (slack, overflow) = rate.interval.microseconds.multipliedReportingOverflow(
            by: Int64(rate.burst - 1))
        return microseconds - (overflow ? .max / 2 : slack)
    }

    /// Counts one action.
    ///
    /// - Parameter stretch: how much longer than usual the time to the next is; at least 1.
    mutating func take(at rate: Rate, now: Timestamp, stretch: Double = 1) {
        let interval =
            stretch > 1
            ? Int64(Double(rate.interval.microseconds) * stretch) : rate.interval.microseconds
        microseconds = max(now.microseconds, microseconds) + interval
    }
}

/// The rate of one kind of action in one chat: a row.
struct ChatLimiter {
    private let account: String
    private let key: String
    private let rate: Rate
    private var arrival: Arrival

    /// Reads the row, in the transaction that may count an action against it.
    init(_ kind: ActionKind, in chat: String, of account: AccountID, at rate: Rate, in db: Database) throws {
        self.account = account.rawValue
        self.rate = rate
        key = "\(kind.rawValue):chat:\(chat)"
        arrival = Arrival(
            microseconds: try db.value(
                "SELECT arrival FROM limiter WHERE account = ? AND key = ?", account.rawValue, key) ?? 0)
    }

    var free: Int64 { arrival.free(at: rate) }

    /// Counts one action and writes the row.
    mutating func take(now: Timestamp, in db: Database) throws {
        arrival.take(at: rate, now: now)
        try db.run(
            "INSERT OR REPLACE INTO limiter (account, key, arrival) VALUES (?, ?, ?)", account, key,
            arrival.microseconds)
    }
}
