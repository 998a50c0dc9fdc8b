import BotKit
import DurableSQLite
import GRDB

/// How far one kind of action of an account has come, within a transaction: one row.
struct Pace {
    let kind: ActionKind
    private let account: AccountID
    private let limits: KindLimits
    private let whenSlowed: WhenSlowed
    private let today: LocalDay
    private let now: Timestamp
    private var row: Row
    private let stored: Row

    /// What is kept.
    private struct Row: Hashable {
        var arrival = Arrival(microseconds: 0)
        /// The day that `used` counts.
        var day = ""
        var used = 0
        /// Nothing leaves before this.
        var pausedUntil: Int64 = 0
        /// What is left of the speed, in millionths, at `slowedAt`; 1,000,000 at full speed.
        var speed: Int64 = 1_000_000
        var slowedAt: Int64 = 0
        /// How many were refused or too often, in a row.
        var strikes = 0
        /// Pauses in a row that came from that.
        var trips = 0
    }

    init(
        _ kind: ActionKind, of account: AccountID, _ limits: SendLimits, now: Timestamp, in db: Database
    ) throws {
        self.kind = kind
        self.account = account
        self.now = now
        whenSlowed = limits.whenSlowed
        today = LocalDay.containing(now, in: limits.timezone)
        let read = try db.all(
            """
            SELECT arrival, day, used, paused_until, speed, slowed_at, strikes, trips FROM pace
            WHERE account = ? AND kind = ?
            """, account.rawValue, kind.rawValue
        ) { row in
            Row(
                arrival: Arrival(microseconds: row.integer(0)), day: row.text(1), used: Int(row.integer(2)),
                pausedUntil: row.integer(3), speed: row.integer(4), slowedAt: row.integer(5),
                strikes: Int(row.integer(6)), trips: Int(row.integer(7)))
        }
        stored = read.first ?? Row()
        row = stored
        self.limits = try limits.inForce(for: kind, of: account, now: now, in: db)
        if row.day != today.name { (row.day, row.used) = (today.name, 0) }
    }

    /// Kinds whose speed the network has taken a part of.
    static func slowed(of account: AccountID, in db: Database) throws -> [ActionKind] {
        try db.all("SELECT kind FROM pace WHERE account = ? AND speed < 1000000", account.rawValue) {
            ActionKind(rawValue: $0.text(0))
        }.compactMap(\.self)
    }

    // MARK: Looking

    /// When the next action of this kind may leave, as far as the account goes; not later than now if it may already.
    var free: Int64 {
        var free = row.pausedUntil
        if let rate { free = max(free, row.arrival.free(at: rate)) }
        if let budget, row.used >= budget { free = max(free, today.end.microseconds) }
        return free
    }

    /// The rate over all chats as it is now.
    var rate: Rate? { limits.account?.slowed(to: speed) }

    /// The rate in one chat as it is now.
    func rate(in chat: ChatKind) -> Rate? { limits.rate(in: chat)?.slowed(to: speed) }

    /// How many may leave today; nil: any number.
    var budget: Int? { limits.perDay }

    /// How many have left today.
    var used: Int { row.used }

    /// When today ends.
    var dayEnd: Timestamp { today.end }

    /// The part of the speed that is left after the network has complained: 1 for all of it.
    var speed: Double {
        let hours = Double(max(0, now.microseconds - row.slowedAt)) / 3.6e9
        return min(1, Double(row.speed) / 1e6 + whenSlowed.recoverPerHour * hours)
    }

    /// When the speed is whole again; nil if it is.
    var recovery: Int64? {
        guard row.speed < 1_000_000 else { return nil }
        let hours = Double(1_000_000 - row.speed) / 1e6 / whenSlowed.recoverPerHour
        return row.slowedAt + Int64((hours * 3.6e9).rounded(.up))
    }

    /// Until when nothing leaves, if that is so now.
    var pausedUntil: Timestamp? {
        row.pausedUntil > now.microseconds ? Timestamp(microseconds: row.pausedUntil) : nil
    }

    var arrival: Arrival { row.arrival }

    /// The instant that all of this is about.
    var earliest: Timestamp { now }

    // MARK: Changing

    /// Counts one action.
    ///
    /// - Parameter number: its row's, which the jitter is drawn from: the same at every try.
    /// - Returns: the day's budget, if this has brought it to four fifths.
    mutating func take(_ number: Int64) -> Int? {
        if let rate {
            let stretch = limits.jitter > 0 ? 1 + limits.jitter * Self.unit(number) : 1
            row.arrival.take(at: rate, now: now, stretch: stretch)
        }
        guard let budget else { return nil }
        row.used += 1
        return row.used == max(1, budget * 4 / 5) ? budget : nil
    }

    /// Back to full speed, if it is time.
    mutating func recover() -> Bool {
        guard let recovery, recovery <= now.microseconds else { return false }
        (row.speed, row.slowedAt) = (1_000_000, 0)
        return true
    }

    /// The network took one.
    mutating func succeeded() { (row.strikes, row.trips) = (0, 0) }

    /// The network said "too often". What was on its way when a pause began says nothing new.
    mutating func slowDown() -> Bool {
        guard pausedUntil == nil else { return false }
        let speed = max(1, Int64(self.speed * whenSlowed.rate * 1e6))
        (row.speed, row.strikes) = (max(speed, Self.slowest), row.strikes + 1)
        pause(for: whenSlowed.pause)
        // It recovers once something may leave again.
        row.slowedAt = row.pausedUntil
        return true
    }

    /// The network refused one for good. Too many in a row, and something is wrong that more of them make worse.
    ///
    /// - Returns: whether that pauses the kind.
    mutating func refused() -> Bool {
        guard pausedUntil == nil else { return false }
        row.strikes += 1
        guard row.strikes >= Self.mostStrikes else { return false }
        // The first refusal after the pause pauses it again.
        row.strikes = Self.mostStrikes - 1
        pause(for: whenSlowed.pause)
        return true
    }

    /// Pauses in a row double.
    private mutating func pause(for length: Duration) {
        let doubled = length * (1 << min(row.trips, 8))
        row.pausedUntil = (now + min(max(length, doubled), max(length, Self.longestPause))).microseconds
        row.trips += 1
    }

    private static let mostStrikes = 10
    private static let longestPause = Duration.seconds(6 * 3600)
    /// A hundredth.
    private static let slowest: Int64 = 10_000

    /// Between 0 and 1, by nothing but the number.
    private static func unit(_ number: Int64) -> Double {
        var mixed = UInt64(bitPattern: number) &* 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Double((mixed ^ (mixed >> 31)) >> 11) / Double(1 << 53)
    }

    /// Writes the row if anything was changed.
    func save(in db: Database) throws {
        guard row != stored else { return }
        try db.run(
            """
            INSERT OR REPLACE INTO pace
                (account, kind, arrival, day, used, paused_until, speed, slowed_at, strikes, trips, budget,
                day_end, whole_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """, account.rawValue, kind.rawValue, row.arrival.microseconds, row.day, row.used,
            row.pausedUntil, row.speed, row.slowedAt, row.strikes, row.trips, budget ?? 0,
            today.end.microseconds, recovery ?? 0)
    }

    /// What a row says without the limits.
    static func overview(
        of kind: ActionKind, _ account: AccountID, now: Timestamp, in db: Database
    ) throws -> PaceOverview? {
        let future = { (time: Int64) in time > now.microseconds ? Timestamp(microseconds: time) : nil }
        return try db.all(
            """
            SELECT used, paused_until, budget, day_end, whole_at FROM pace WHERE account = ? AND kind = ?
            """, account.rawValue, kind.rawValue
        ) { row in
            let budget = row.integer(2) > 0 ? Int(row.integer(2)) : nil
            let isToday = row.integer(3) > now.microseconds
            return PaceOverview(
                kind: kind, hour: Tally(), day: Tally(), kept: Tally(),
                used: budget.map { _ in isToday ? Int(row.integer(0)) : 0 }, budget: budget,
                pausedUntil: future(row.integer(1)), slowedUntil: future(row.integer(4)))
        }.first
    }
}

extension SendLimits {
    /// The limits of a kind as they are today for an account that may be new.
    fileprivate func inForce(
        for kind: ActionKind, of account: AccountID, now: Timestamp, in db: Database
    ) throws -> KindLimits {
        var limits = self[kind]
        guard let warmUp, limits != KindLimits() else { return limits }
        let start: Int64? = try db.value(
            "SELECT first_day FROM account WHERE account = ?", account.rawValue)
        let factor = warmUp.factor(since: Timestamp(microseconds: start ?? 0), now: now)
        guard factor < 1 else { return limits }
        limits.account = limits.account?.slowed(to: factor)
        limits.chat = limits.chat?.slowed(to: factor)
        limits.group = limits.group?.slowed(to: factor)
        limits.perDay = limits.perDay.map { max(1, Int(Double($0) * factor)) }
        return limits
    }
}
