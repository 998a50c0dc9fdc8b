package import BotKit
import DurableSQLite
import GRDB

extension Store {
    /// When the limits let the next action of a row's kind leave in its chat: one row of the account's for each limit
    /// that it counts against, and one of the chat's. What stands before it in its chat goes first all the same.
    package func freeAt(_ row: OutboxRow, limits: SendLimits, now: Timestamp) async throws -> Timestamp {
        let kind = try await database.read { db in
            let contact = try db.all(
                "SELECT kind, friend FROM contact WHERE account = ? AND id = ?", row.account.rawValue,
                row.chat.rawValue
            ) { (kind: ChatKind(rawValue: $0.text(0)) ?? .private, isFriend: $0.bool(1)) }.first
            return ActionKind(
                effect: row.kind, in: contact?.kind ?? .private, isFriend: contact?.isFriend ?? false)
        }
        return try await forecast(
            1, of: kind, in: row.chat == .none ? nil : row.chat, row.account, limits: limits, now: now)
    }

    /// When the last of so many further actions of a kind could have left if nothing else did: after pauses, at the
    /// present rate, day by day within the budget. Jitter counts with half of its most, and a new account's warming up
    /// and the recovery after a complaint are taken as they are now, so it is rather late than early.
    package func forecast(
        _ count: Int, of kind: ActionKind, in chat: ChatID? = nil, _ account: AccountID, limits: SendLimits,
        now: Timestamp
    ) async throws -> Timestamp {
        try await database.read { db in
            var last = now
            for kind in kind.counted {
                let pace = try Pace(kind, of: account, limits, now: now, in: db)
                last = max(last, pace.forecast(count, jitter: limits[kind].jitter, timezone: limits.timezone))
                guard let chat, let rate = pace.rate(in: try Self.kind(of: chat, account, in: db)) else {
                    continue
                }
                let limiter = try ChatLimiter(kind, in: chat.rawValue, of: account, at: rate, in: db)
                last = max(last, Timestamp(microseconds: limiter.free))
            }
            return last
        }
    }
}

extension Pace {
    /// When the last of so many could have left.
    func forecast(_ count: Int, jitter: Double, timezone: String) -> Timestamp {
        var left = max(1, count)
        var time = max(earliest, Timestamp(microseconds: free))
        var arrival = self.arrival
        var day = LocalDay.containing(time, in: timezone)
        var used = time < dayEnd ? self.used : 0
        while true {
            let today = min(left, budget.map { max(0, $0 - used) } ?? left)
            if let rate, today > 0 {
                let most = arrival.most(before: day.end, at: rate, from: time, stretch: 1 + jitter / 2)
                let taken = min(today, most)
                if taken > 0 {
                    time = arrival.take(taken, at: rate, from: time, stretch: 1 + jitter / 2)
                    left -= taken
                }
            } else {
                left -= today
            }
            guard left > 0 else { return time }
            // Nothing in reach would ever end: ten years are far enough.
            guard day.end - earliest < .seconds(3660 * 86_400) else { return day.end }
            time = max(day.end, Timestamp(microseconds: rate.map { arrival.free(at: $0) } ?? 0))
            (day, used) = (LocalDay.containing(time, in: timezone), 0)
        }
    }
}

extension Arrival {
    /// How many are free before an instant.
    fileprivate func most(before end: Timestamp, at rate: Rate, from time: Timestamp, stretch: Double) -> Int
    {
        let interval = max(1, Double(rate.interval.microseconds) * stretch)
        let first = max(time.microseconds, microseconds)
        // The n-th is free when the arrival of the one before is within the burst.
        let reach = end.microseconds - first + rate.interval.microseconds * Int64(rate.burst - 1)
        return reach <= 0 ? 0 : Int((Double(reach) / interval).rounded(.up))
    }

    /// Counts so many that leave as soon as each is free, and says when the last does.
    fileprivate mutating func take(_ count: Int, at rate: Rate, from time: Timestamp, stretch: Double)
        -> Timestamp
    {
        let interval = Double(rate.interval.microseconds) * stretch
        let first = max(time.microseconds, microseconds)
        let lastArrival = first + Int64(interval * Double(count - 1))
        microseconds = first + Int64(interval * Double(count))
        return max(time, Timestamp(microseconds: Arrival(microseconds: lastArrival).free(at: rate)))
    }
}
