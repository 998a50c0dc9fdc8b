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
        case .waiting, .unknown, .lost: failed += 1
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
    /// In the present hour.
    package var hour: Tally
    /// In the last 24 hours, by whole hours.
    package var day: Tally
    /// In 90 days.
    package var kept: Tally
    /// How many have left today; nil if that has no limit.
    package var used: Int?
    /// How many may.
    package var budget: Int?
    /// Until when it pauses; nil if it does not.
    package var pausedUntil: Timestamp?
    /// When it is at its full speed again; nil if it is.
    package var slowedUntil: Timestamp?
}

extension Store {
    /// How each kind of action of an account is doing. Kinds of which nothing is known are left out.
    package func paces(of account: AccountID, now: Timestamp) async throws -> [PaceOverview] {
        try await database.read { db in
            let hour = now.seconds / Tally.hour
            return try ActionKind.allCases.compactMap { kind in
                let kept = try Self.tally(of: kind, account, since: 0, in: db)
                guard var found = try Pace.overview(of: kind, account, now: now, in: db) else {
                    return kept == Tally()
                        ? nil : PaceOverview(kind: kind, hour: Tally(), day: Tally(), kept: kept)
                }
                found.kept = kept
                found.hour = try Self.tally(of: kind, account, since: hour, in: db)
                found.day = try Self.tally(of: kind, account, since: hour - 23, in: db)
                return found
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
