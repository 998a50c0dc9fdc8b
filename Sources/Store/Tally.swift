package import BotKit
import DurableSQLite
import GRDB

/// What became of an account's actions, counted by kind and hour: how an account fares shows before a network says so.
package struct Tally: Hashable, Sendable {
    /// The network took it.
    package var sent = 0
    /// It refused it for good.
    package var refused = 0
    /// It said "too often".
    package var slowed = 0
    /// No answer came, or it had no effect.
    package var failed = 0

    mutating func count(_ result: Settlement) {
        switch result {
        case .sent: sent += 1
        case .failed: refused += 1
        case .refusedForNow: slowed += 1
        case .waiting, .unknown: failed += 1
        }
    }

    /// How long they are kept.
    static let kept = Duration.seconds(90 * 86_400)
    static let hour: Int64 = 3600

    func add(to kind: ActionKind, of account: AccountID, now: Timestamp, in db: Database) throws {
        try db.run(
            """
            INSERT INTO tally (account, hour, kind, sent, refused, slowed, failed) VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (account, hour, kind) DO UPDATE
            SET sent = sent + excluded.sent, refused = refused + excluded.refused,
                slowed = slowed + excluded.slowed, failed = failed + excluded.failed
            """, account.rawValue, now.seconds / Self.hour, kind.rawValue, sent, refused, slowed, failed)
    }
}

/// How one kind of action of an account is doing.
package struct PaceOverview: Sendable {
    package var kind: ActionKind
    /// In this and the 59 minutes before, by whole hours.
    package var lastHour: Tally
    /// Since midnight of the account's day as far as hours show it.
    package var today: Tally
    /// In 90 days.
    package var kept: Tally
    /// What has left today, and the day's budget; nil if there is none.
    package var budget: (used: Int, of: Int)?
    /// The part of the speed that is left.
    package var speed: Double
    /// Until when it pauses; nil if it does not.
    package var pausedUntil: Timestamp?
    /// When the next may leave.
    package var free: Timestamp
}

extension Store {
    /// How each kind of action of an account is doing. Kinds of which nothing is known are left out.
    package func paces(
        of account: AccountID, limits: SendLimits, now: Timestamp
    ) async throws -> [PaceOverview] {
        try await database.read { db in
            try ActionKind.allCases.compactMap { kind in
                let day = LocalDay.containing(now, in: limits.timezone)
                let hour = now.seconds / Tally.hour
                let kept = try Self.tally(of: kind, account, since: 0, in: db)
                let pace = try Pace(kind, of: account, limits, now: now, in: db)
                guard kept != Tally() || pace.isUsed else { return nil }
                return PaceOverview(
                    kind: kind, lastHour: try Self.tally(of: kind, account, since: hour, in: db),
                    today: try Self.tally(of: kind, account, since: day.start.seconds / Tally.hour, in: db),
                    kept: kept, budget: pace.budget.map { (pace.used, $0) }, speed: pace.speed,
                    pausedUntil: pace.pausedUntil,
                    free: Timestamp(microseconds: max(now.microseconds, pace.free)))
            }
        }
    }

    private static func tally(
        of kind: ActionKind, _ account: AccountID, since hour: Int64, in db: Database
    ) throws -> Tally {
        try db.all(
            """
            SELECT sum(sent), sum(refused), sum(slowed), sum(failed) FROM tally
            WHERE account = ? AND hour >= ? AND kind = ?
            """, account.rawValue, hour, kind.rawValue
        ) { row in
            Tally(
                sent: Int(row.integer(0)), refused: Int(row.integer(1)), slowed: Int(row.integer(2)),
                failed: Int(row.integer(3)))
        }.first ?? Tally()
    }
}
