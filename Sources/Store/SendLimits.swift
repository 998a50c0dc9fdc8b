import BotKit
import DurableSQLite
import GRDB

/// How fast an account may send: each send must be within the account's rate and within its chat's.
package struct SendLimits: Hashable, Sendable {
    /// Over all chats together.
    package var account: Rate
    /// In one private chat.
    package var chat: Rate
    /// In one group.
    package var group: Rate

    package init(account: Rate, chat: Rate, group: Rate) {
        self.account = account
        self.chat = chat
        self.group = group
    }

    /// No limits.
    static let none = SendLimits(account: .free, chat: .free, group: .free)
}

/// How often something may happen: the least time between two, and how many may come at once after a rest.
package struct Rate: Hashable, Sendable {
    /// The time from one to the next when there are always more.
    package var interval: Duration
    /// How many may come at once after a long rest; at least 1.
    package var burst: Int

    package init(interval: Duration, burst: Int) {
        self.interval = interval
        self.burst = burst
    }

    fileprivate static let free = Rate(interval: .zero, burst: 1)
}

/// The generic cell rate algorithm on one row a key: no timers, no counters, exact across restarts.
///
/// The row holds the *theoretical arrival time*: when the next send would come if all so far had come at the exact
/// rate. A send is free while that is no more than a burst ahead of the clock.
struct Limiter {
    private let account: String
    private let key: String
    private let rate: Rate
    private let stored: Int64
    private var arrival: Int64

    /// Reads a key's row, in the transaction that may count a send against it.
    init(_ key: String, of account: AccountID, at rate: Rate, in db: Database) throws {
        self.account = account.rawValue
        self.key = key
        self.rate = rate
        stored =
            try db.value(
                "SELECT arrival FROM limiter WHERE account = ? AND key = ?", account.rawValue, key) ?? 0
        arrival = stored
    }

    /// When a send is free, in microseconds; not later than now if it is already.
    var free: Int64 {
        let (slack, overflow) = rate.interval.microseconds.multipliedReportingOverflow(
            by: Int64(rate.burst - 1))
        return arrival - (overflow ? .max / 2 : slack)
    }

    /// Counts one send.
    mutating func take(now: Timestamp) {
        arrival = max(now.microseconds, arrival) + rate.interval.microseconds
    }

    /// Writes the row if a send was counted.
    func save(in db: Database) throws {
        guard arrival != stored else { return }
        try db.run(
            "INSERT OR REPLACE INTO limiter (account, key, arrival) VALUES (?, ?, ?)", account, key, arrival)
    }
}
