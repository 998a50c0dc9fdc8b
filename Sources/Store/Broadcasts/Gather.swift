package import BotKit
import DurableSQLite
import GRDB

extension Store {
    /// Who is looked at in one transaction: others get their turn in between.
    private static let gathered = 5000

    /// Puts down some of those whom a broadcast goes to, and goes on where the last call ended, or the last process.
    ///
    /// Whoever joins or leaves the audience while this is going on may be among them or not.
    ///
    /// - Returns: whether there are more.
    package func gather(
        _ broadcast: StoredBroadcast, limit: Int = Store.gathered, now: Timestamp
    ) async throws -> Bool {
        try await database.write { db in
            let (account, number) = (broadcast.account, broadcast.number)
            let cursor: String? = try db.value(
                "SELECT cursor FROM broadcast WHERE account = ? AND number = ? AND state = 'gathering'",
                account.rawValue, number)
            guard let cursor else { return false }
            let (ids, next) = try AudienceQuery(of: account, now: now).page(
                of: broadcast.order.audience, after: cursor, limit: limit, in: db)
            for id in ids {
                try db.run(
                    "INSERT INTO recipient (account, broadcast, id) VALUES (?, ?, ?)", account.rawValue,
                    number, id)
            }
            try db.run(
                """
                UPDATE broadcast SET total = total + ?, cursor = ?, state = ? WHERE account = ? AND number = ?
                """, ids.count, next ?? cursor, Self.state(of: broadcast, isGathered: next == nil).rawValue,
                account.rawValue, number)
            return next != nil
        }
    }

    private static func state(of broadcast: StoredBroadcast, isGathered: Bool) -> BroadcastState {
        guard isGathered else { return .gathering }
        return broadcast.order.approver.isEmpty ? .sending : .approval
    }

    /// How many an audience has, and some of them. Looks at everybody and changes nothing.
    package func count(
        _ audience: Audience, of account: AccountID, samples: Int, now: Timestamp
    ) async throws -> (count: Int, samples: [String]) {
        var (count, some, last) = (0, [String](), String?.some(""))
        while let after = last {
            let (ids, next) = try await database.read { db in
                try AudienceQuery(of: account, now: now).page(
                    of: audience, after: after, limit: Self.gathered, in: db)
            }
            count += ids.count
            some += ids.prefix(samples - some.count)
            last = next
        }
        return (count, some)
    }

    /// Says something to the owner, where `status` shows it.
    package func alert(_ text: String, of account: AccountID, now: Timestamp) async throws {
        try await database.write { db in try Self.record(.alert, text, of: account, now: now, in: db) }
    }
}
