package import BotKit
import DurableSQLite
import GRDB

/// What became of a leased row.
package enum Settlement: Hashable, Sendable {
    /// The network took it.
    case sent(Receipt)
    /// It had no effect; it leaves again, not before `due`.
    case waiting(until: Timestamp, reason: String)
    /// The network refused it for now, and remembers that by its id: it leaves again under a new one, not before
    /// `due`, unless an attempt under the old one may have been delivered. Everything of its kind leaves less.
    case refusedForNow(until: Timestamp, reason: String)
    /// Nobody knows whether it had an effect; it is repeated under its id, not before `due`.
    case unknown(until: Timestamp, reason: String)
    /// The network said no for good: a dead letter.
    case failed(reason: String)
    /// Nobody knows whether it had an effect, and a repetition would show: its owner decides.
    case lost(reason: String)
}

extension Settlement {
    /// Why it ended without being sent; nil if it did not.
    package var failure: String? {
        switch self {
        case .failed(let reason), .lost(let reason): reason
        case .sent, .waiting, .refusedForNow, .unknown: nil
        }
    }
}

/// What follows from what became of rows.
package struct Settled: Hashable, Sendable {
    /// Whether runs waited for any: they go on through the journal.
    package var hasWoken = false
    /// Whether messages of broadcasts have come to an end.
    package var hasMovedBroadcasts = false
    /// What the owner and the rules should hear of.
    package var news: [PaceNews] = []
}

extension Store {
    /// Records what became of leased rows, and lets the next of each chat go.
    ///
    /// - Returns: whether runs waited for any, and what the owner and the rules should hear of.
    @discardableResult
    package func settle(
        _ settlements: [(row: LeasedRow, result: Settlement)], of account: AccountID,
        limits: SendLimits? = nil, now: Timestamp
    ) async throws -> Settled {
        try await database.write { db in
            try Self.settle(settlements, of: account, limits: limits ?? SendLimits(), now: now, in: db)
        }
    }

    static func settle(
        _ settlements: [(row: LeasedRow, result: Settlement)], of account: AccountID, limits: SendLimits,
        now: Timestamp, in db: Database
    ) throws -> Settled {
        var settled = Settled()
        var paces = SettledPaces(of: account, limits: limits, now: now, in: db)
        let areAwaited = try !settlements.isEmpty && WaitingRun.anyAwaitsRows(of: account, in: db)
        for (row, result) in settlements {
            if case .sent(let receipt) = result, !row.isOfBroadcast, !areAwaited {
                guard try sent(row, receipt, account, now: now, in: db) else { continue }
            } else {
                // What somebody else has settled meanwhile stays as it is.
                guard try isLeased(row, account, in: db) else { continue }
                if try settle(row, result, account, now: now, in: db) { settled.hasWoken = true }
            }
            if row.isOfBroadcast { settled.hasMovedBroadcasts = true }
            try Attempt.record(result, of: row, account, now: now, in: db)
            try paces.take(result, of: row)
            let outgoing = row.outgoing
            try Lane(outgoing.chat.rawValue, outgoing.effect.way.rawValue, of: account, in: db)
                .wake(now: now)
        }
        settled.news = try paces.save()
        return settled
    }

    private static func isLeased(_ row: LeasedRow, _ account: AccountID, in db: Database) throws -> Bool {
        let found: Int64? = try db.value(
            "SELECT 1 FROM outbox WHERE account = ? AND number = ? AND state = 'leased'", account.rawValue,
            row.outgoing.number)
        return found != nil
    }

    /// What nearly every row comes to: the network took it, and nobody waits to hear of that.
    ///
    /// - Returns: false if somebody else has settled it meanwhile.
    private static func sent(
        _ row: LeasedRow, _ receipt: Receipt, _ account: AccountID, now: Timestamp, in db: Database
    ) throws -> Bool {
        try db.run(
            """
            UPDATE outbox SET state = 'sent', reason = '', server_id = ?, answer = ?, doubtful = 0, settled = ?
            WHERE account = ? AND number = ? AND state = 'leased'
            """, receipt.serverID, receipt.answer, now.microseconds, account.rawValue, row.outgoing.number)
        return db.changesCount > 0
    }

    private static func settle(
        _ row: LeasedRow, _ result: Settlement, _ account: AccountID, now: Timestamp, in db: Database
    ) throws -> Bool {
        let number = row.outgoing.number
        // An attempt without effect says nothing about one before it that had no answer.
        let state = row.mayHaveLeft ? "unknown" : "waiting"
        switch result {
        case .sent(let receipt):
            return try end(number, account, as: "sent", receipt: receipt, now: now, in: db)
        case .failed(let reason):
            return try end(number, account, as: "failed", reason: reason, now: now, in: db)
        case .lost(let reason):
            return try end(number, account, as: "failed", reason: reason, isDoubtful: true, now: now, in: db)
        case .waiting(let due, let reason):
            try putBack(number, account, as: state, due: due, reason: reason, in: db)
        case .refusedForNow(let due, let reason):
            try putBack(number, account, as: state, due: due, reason: reason, in: db)
            if !row.mayHaveLeft { try renameID(of: number, account, now: now, in: db) }
        case .unknown(let due, let reason):
            try putBack(number, account, as: "unknown", due: due, reason: reason, in: db)
        }
        return false
    }

    private static func putBack(
        _ number: Int64, _ account: AccountID, as state: String, due: Timestamp, reason: String,
        in db: Database
    ) throws {
        try db.run(
            // Later than it expires there is nothing to wait for, but somebody may wait for it to be said.
            "UPDATE outbox SET state = ?, due = min(?, expires), reason = ? WHERE account = ? AND number = ?",
            state, due.microseconds, reason, account.rawValue, number)
    }

    /// Gives a row that certainly had no effect a new client id. Its number, which no other row has, stays in it.
    static func renameID(
        of number: Int64, _ account: AccountID, now: Timestamp, in db: Database
    ) throws {
        try db.run(
            """
            UPDATE outbox SET client_seconds = max(client_seconds + 1, ?), first_attempt = NULL
            WHERE account = ? AND number = ?
            """, now.seconds, account.rawValue, number)
    }

    /// - Parameter isDoubtful: whether it may have been delivered all the same.
    /// - Returns: whether a run waited for this.
    static func end(
        _ number: Int64, _ account: AccountID, as state: String, reason: String = "",
        receipt: Receipt = Receipt(), isDoubtful: Bool = false, now: Timestamp, in db: Database
    ) throws -> Bool {
        let row = try db.all(
            """
            UPDATE outbox SET state = ?, reason = ?, server_id = ?, answer = ?, doubtful = ?, settled = ?
            WHERE account = ? AND number = ? RETURNING broadcast, chat, kind, event
            """, state, reason, receipt.serverID, receipt.answer, isDoubtful, now.microseconds,
            account.rawValue, number
        ) { (broadcast: $0.integer(0), chat: $0.text(1), kind: $0.text(2), event: $0.integer(3)) }
        var hasWoken = false
        if let row = row.first {
            if row.kind == "accept_friend", state != "sent" {
                hasWoken = try spareStranger(
                    row.chat, after: number, of: row.event, account, now: now, in: db)
            }
            try Recipient.ended(
                row.chat, of: row.broadcast, account, as: state, reason: reason, in: db)
        }
        let isAwaited = try WaitingRun.wake(
            awaiting: number, state == "sent" ? .done(answer: receipt.answer) : .failed(reason: reason),
            of: account, now: now, in: db)
        return hasWoken || isAwaited
    }

    /// Who did not become a friend is not greeted as one: what was to be said to them after that is not said.
    ///
    /// - Returns: whether a run waited for any of it.
    private static func spareStranger(
        _ chat: String, after number: Int64, of event: Int64, _ account: AccountID, now: Timestamp,
        in db: Database
    ) throws -> Bool {
        let rows = try db.all(
            """
            SELECT number FROM outbox INDEXED BY outbox_by_event
            WHERE account = ? AND event = ? AND event <> 0 AND chat = ? AND number > ? AND settled IS NULL
                AND state = 'waiting'
            """, account.rawValue, event, chat, number
        ) { $0.integer(0) }
        var hasWoken = false
        for number in rows {
            let isAwaited = try end(
                number, account, as: "cancelled", reason: "the friendship did not come about", now: now,
                in: db)
            hasWoken = hasWoken || isAwaited
        }
        return hasWoken
    }
}

/// What a batch of outcomes means for how fast the account may act.
private struct SettledPaces {
    private let account: AccountID
    private let limits: SendLimits
    private let now: Timestamp
    private let db: Database
    private var paces: [ActionKind: Pace] = [:]
    private var tallies: [ActionKind: Tally] = [:]
    private var news: [PaceNews] = []

    init(of account: AccountID, limits: SendLimits, now: Timestamp, in db: Database) {
        (self.account, self.limits, self.now, self.db) = (account, limits, now, db)
    }

    mutating func take(_ result: Settlement, of row: LeasedRow) throws {
        let kind = row.kind
        tallies[kind, default: Tally()].count(result)
        // One webhook's trouble is not another's.
        guard kind != .webhooks else { return }
        var pace = try paces[kind] ?? Pace(kind, of: account, limits, now: now, in: db)
        switch result {
        case .sent: pace.succeeded()
        case .refusedForNow:
            if pace.slowDown(), let until = pace.pausedUntil {
                news.append(.slowedDown(kind, until: until))
                try Store.record(
                    .slowedDown, "\(kind.words): the network said too often", of: account, now: now, in: db)
            }
        case .failed:
            if pace.refused(), let until = pace.pausedUntil {
                news.append(.paused(kind, until: until))
                try Store.record(
                    .kindPaused, "\(kind.words): too many were refused in a row", of: account, now: now,
                    in: db)
            }
        case .waiting, .unknown, .lost: break
        }
        paces[kind] = pace
    }

    func save() throws -> [PaceNews] {
        for pace in paces.values { try pace.save(in: db) }
        for (kind, tally) in tallies { try tally.add(to: kind, of: account, now: now, in: db) }
        return news
    }
}
