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
}

/// The generic cell rate algorithm on one row a key: no timers, no counters, exact across restarts.
///
/// A row holds the *theoretical arrival time*: when the next send would come if all so far had come at the exact
/// rate. A send is free while that is no more than a burst ahead of the clock.
struct Limiter {
    let account: String
    let now: Int64
    let db: Database

    /// When `key` is free again, in microseconds; not later than now if it is free.
    func free(_ key: String, at rate: Rate) throws -> Int64 {
        let slack = rate.interval.microseconds * Int64(rate.burst - 1)
        return try arrival(of: key) - slack
    }

    /// Counts one send against `key`.
    func take(_ key: String, at rate: Rate) throws {
        let next = max(now, try arrival(of: key)) + rate.interval.microseconds
        try db.run(
            "INSERT OR REPLACE INTO limiter (account, key, arrival) VALUES (?, ?, ?)", account, key, next)
    }

    private func arrival(of key: String) throws -> Int64 {
        try db.value("SELECT arrival FROM limiter WHERE account = ? AND key = ?", account, key) ?? 0
    }
}
