package import BotKit
import DurableSQLite
import GRDB

/// What may leave now, and when to ask again.
package struct Lease: Sendable {
    /// The oldest row of each chat whose turn it is, no chat twice.
    package var rows: [LeasedRow]
    /// When the next row is due; nil if nothing waits, or only behind what is leased.
    package var next: Timestamp?
    /// What follows from rows that ended here: by how their attempts went, or because they came too late.
    package var settled = Settled()
    /// Whose turn it is next: to be given to the next lease.
    package var turn = Turn()
}

/// One row that is on its way out.
package struct LeasedRow: Hashable, Sendable {
    /// What to send.
    package var outgoing: Outgoing
    /// How often it has been tried, this time included.
    package var attempts: Int
    /// True if an earlier attempt had no answer: whatever becomes of this one, that one may have been delivered.
    package var mayHaveLeft: Bool
    /// What it counts as.
    package var kind: ActionKind
    /// Whether it is part of a broadcast.
    package var isOfBroadcast: Bool

    package init(
        outgoing: Outgoing, attempts: Int, mayHaveLeft: Bool, kind: ActionKind, isOfBroadcast: Bool = false
    ) {
        self.outgoing = outgoing
        self.attempts = attempts
        self.mayHaveLeft = mayHaveLeft
        self.kind = kind
        self.isOfBroadcast = isOfBroadcast
    }
}

extension Store {
    /// How long a network is trusted to know a client id again. It must for 24 hours (MicroChat wire protocol, section
    /// 14.1); an hour of that is left for the request's own way and for clocks that differ.
    static let repeatWindow = Duration.seconds(23 * 3600)

    /// Takes up to `limit` rows that may leave: each the oldest of its chat, due, and within the limits, which are
    /// checked and counted in this transaction. Rows that came too late end here.
    ///
    /// It takes by priority, in turns, and within a priority who waits longest. A kind of action that is paused or used
    /// up is passed over as a whole.
    ///
    /// - Parameters:
    ///   - settlements: what became of rows that were leased before; it is recorded first. In one transaction with the
    ///     lease, so that the next row of a chat need not wait for two.
    ///   - limits: nil for none.
    package func lease(
        settling settlements: [(row: LeasedRow, result: Settlement)] = [], of account: AccountID,
        way: Effect.Way = .network, limits: SendLimits?, limit: Int, turn: Turn = Turn(), now: Timestamp
    ) async throws -> Lease {
        try await database.write { db in
            let limits = limits ?? SendLimits()
            let settled = try Self.settle(settlements, of: account, limits: limits, now: now, in: db)
            var leasing = try Leasing(
                of: account, way, limits: limits, turn: turn, limit: limit, after: settled, now: now, in: db)
            try leasing.run()
            return try leasing.finish()
        }
    }
}

/// One lease, within its transaction.
private struct Leasing {
    private let account: AccountID
    private let way: Effect.Way
    private let now: Timestamp
    private let limit: Int
    private let db: Database
    private var paces: [ActionKind: Pace] = [:]
    private let limits: SendLimits
    private var turn: Turn
    private var rows: [LeasedRow] = []
    private var settled: Settled
    private var waiting: [Waiting] = []
    /// The broadcasts that rows are part of.
    private var broadcasts: [Int64: StoredBroadcast?] = [:]
    /// Steps that bring nothing to leave: without an end, a chat full of what came too late would hold up all others.
    private var detours = 500

    /// Chats of one kind and rank, the longest waiting first.
    private struct Waiting {
        let line: Line
        var chats: ArraySlice<(chat: String, due: Int64)>
    }

    init(
        of account: AccountID, _ way: Effect.Way, limits: SendLimits, turn: Turn, limit: Int,
        after settled: Settled, now: Timestamp, in db: Database
    ) throws {
        (self.account, self.way, self.limits, self.turn, self.limit) = (account, way, limits, turn, limit)
        (self.settled, self.now, self.db) = (settled, now, db)
        try Planned.join(of: account, now: now, in: db)
        if way == .network { for kind in try Pace.slowed(of: account, in: db) { _ = try pace(of: kind) } }
        for line in try Line.all(of: account, way, in: db) where line.due <= now.microseconds {
            guard try free(line.kind) <= now.microseconds else { continue }
            let chats = try line.chats(of: account, limit: limit, now: now, in: db)
            waiting.append(Waiting(line: line, chats: chats[...]))
        }
    }

    /// When an action of a kind may leave, as far as the account goes.
    private mutating func free(_ kind: ActionKind) throws -> Int64 {
        var free: Int64 = 0
        for kind in kind.counted { free = max(free, try pace(of: kind).free) }
        return free
    }

    private mutating func pace(of kind: ActionKind) throws -> Pace {
        if let pace = paces[kind] { return pace }
        var pace = try Pace(kind, of: account, limits, now: now, in: db)
        if pace.recover() {
            settled.news.append(.recovered(kind))
            try Store.record(.recovered, "\(kind.words): full speed again", of: account, now: now, in: db)
        }
        paces[kind] = pace
        return pace
    }

    /// Takes rows until there are enough, or no more.
    mutating func run() throws {
        while rows.count < limit, detours > 0, let place = nextPlace() {
            let line = waiting[place].line
            guard let chat = waiting[place].chats.popFirst()?.chat else { continue }
            guard try free(line.kind) <= now.microseconds else {
                waiting[place].chats = []
                continue
            }
            if let row = try take(chat, line.kind) {
                rows.append(row)
                turn.advance()
            } else {
                detours -= 1
            }
        }
    }

    /// The line whose turn it is; of those of one rank, the one in which somebody waits longest.
    private func nextPlace() -> Int? {
        for rank in turn.ranks {
            let places = waiting.indices.filter {
                waiting[$0].line.rank == rank && !waiting[$0].chats.isEmpty
            }
            let place = places.min {
                (waiting[$0].chats.first?.due ?? 0) < (waiting[$1].chats.first?.due ?? 0)
            }
            if let place { return place }
        }
        return nil
    }

    /// Takes the oldest row of a chat if the chat's own limits let it; else puts the chat off.
    private mutating func take(_ chat: String, _ kind: ActionKind) throws -> LeasedRow? {
        let lane = Lane(chat, way.rawValue, of: account, in: db)
        guard let head = try head(of: chat) else { return nil }
        guard head.row.kind == kind else {
            try lane.set(kind: head.row.kind)
            return nil
        }
        var free = head.due
        var ofChat: [ChatLimiter] = []
        for kind in kind.counted where !chat.isEmpty {
            guard let rate = try pace(of: kind).rate(in: head.chatKind) else { continue }
            let limiter = try ChatLimiter(kind, in: chat, of: account, at: rate, in: db)
            free = max(free, limiter.free)
            ofChat.append(limiter)
        }
        guard free <= now.microseconds else {
            try lane.set(due: free)
            return nil
        }
        for var limiter in ofChat { try limiter.take(now: now, in: db) }
        for kind in kind.counted {
            if let budget = paces[kind]?.take(head.row.outgoing.number) {
                settled.news.append(.nearlySpent(kind, budget: budget))
                try Store.record(
                    .budget, "\(kind.words): four fifths of today's \(budget) are used", of: account,
                    now: now, in: db)
            }
        }
        try db.run(
            """
            UPDATE outbox SET state = 'leased', attempts = ?, first_attempt = coalesce(first_attempt, ?)
            WHERE account = ? AND number = ?
            """,
            head.row.attempts, now.microseconds, account.rawValue, head.row.outgoing.number)
        try lane.set(due: nil)
        return head.row
    }

    /// Writes what was counted, and looks when to come again.
    mutating func finish() throws -> Lease {
        var next = try Planned.next(of: account, in: db)
        for line in try Line.all(of: account, way, in: db) {
            let free = max(line.due, try free(line.kind))
            next = min(next ?? free, free)
        }
        for pace in paces.values {
            if let recovery = pace.recovery { next = min(next ?? recovery, recovery) }
            try pace.save(in: db)
        }
        return Lease(
            rows: rows, next: next.map { Timestamp(microseconds: $0) }, settled: settled, turn: turn)
    }

    private struct Head {
        var row: LeasedRow
        var chatKind: ChatKind
        var due: Int64
        var expires: Timestamp
        var firstAttempt: Timestamp
        /// When it must not leave.
        var quiet: QuietTime
        /// The broadcast that it is part of; 0 for none.
        var broadcast: Int64

        init(_ row: Columns, of chat: String, now: Timestamp) {
            let clientID = ClientMessageID(
                seconds: UInt32(truncatingIfNeeded: row.integer(1)),
                number: UInt32(truncatingIfNeeded: row.integer(2)))
            let outgoing = Outgoing(
                number: row.integer(0), clientID: clientID, chat: ChatID(chat),
                effect: Effect(kind: row.text(3), text: row.text(4), mentions: row.text(11)))
            chatKind = ChatKind(rawValue: row.text(6)) ?? .private
            self.row = LeasedRow(
                outgoing: outgoing, attempts: Int(row.integer(5)) + 1, mayHaveLeft: row.text(8) == "unknown",
                kind: ActionKind(effect: row.text(3), in: chatKind, isFriend: row.bool(12)),
                isOfBroadcast: row.integer(16) != 0)
            broadcast = row.integer(16)
            due = row.integer(7)
            expires = Timestamp(microseconds: row.integer(9))
            quiet = QuietTime(
                from: Timestamp(microseconds: row.integer(13)), to: Timestamp(microseconds: row.integer(14)),
                drops: row.bool(15))
            firstAttempt = row.isNull(10) ? now : Timestamp(microseconds: row.integer(10))
        }
    }

    /// Keeps a broadcast's message from leaving that is not to any more: it was on its way when the broadcast was paused
    /// or ended, or somebody has opted out.
    ///
    /// - Returns: whether it does not leave.
    private mutating func isHeld(_ head: Head) throws -> Bool {
        let number = head.row.outgoing.number
        let known = broadcasts[head.broadcast]
        let found = try known ?? StoredBroadcast.numbered(head.broadcast, of: account, in: db)
        if known == nil { broadcasts[head.broadcast] = found }
        // One that is done has nothing to leave but what its owner tries once more.
        guard let broadcast = found, ![.cancelled, .expired].contains(broadcast.state) else {
            _ = try Store.end(
                number, account, as: "cancelled", reason: "the broadcast has ended", now: now, in: db)
            return true
        }
        let chat = head.row.outgoing.chat.rawValue
        if broadcast.isPaused {
            try Recipient(id: chat, of: head.broadcast, account, in: db).takeBack(row: number)
            return true
        }
        guard
            try AudienceQuery(of: account, now: now).isRefused(chat, by: broadcast.order.audience, in: db)
        else { return false }
        _ = try Store.end(number, account, as: "cancelled", reason: Recipient.refused, now: now, in: db)
        return true
    }

    /// Lets a row wait beside its lane until the quiet time is over, as long as it would have been worth sending then; or
    /// ends it.
    private mutating func keepQuiet(_ head: Head) throws {
        let number = head.row.outgoing.number
        if head.quiet.drops {
            let woke = try Store.end(
                number, account, as: "cancelled", reason: "it was not to leave in quiet hours", now: now,
                in: db)
            if woke { settled.hasWoken = true }
            return
        }
        try db.run(
            "UPDATE outbox SET planned = 1, due = ?, expires = ? WHERE account = ? AND number = ?",
            head.quiet.to.microseconds, (head.expires + (head.quiet.to - now)).microseconds, account.rawValue,
            number)
    }

    /// The oldest open row of a chat. Rows that can't leave any more are ended; a chat without rows loses its lane.
    private mutating func head(of chat: String) throws -> Head? {
        while detours > 0 {
            let found = try db.all(
                """
                SELECT number, client_seconds, client_number, kind, text, attempts, chat_kind, due, state,
                    expires, first_attempt, mentions, \(Lane.isFriend), quiet_from, quiet_to, quiet_drops,
                    broadcast
                FROM outbox o INDEXED BY outbox_open
                WHERE account = ? AND chat = ? AND way = ? AND settled IS NULL AND planned = 0
                ORDER BY number LIMIT 1
                """, account.rawValue, chat, way.rawValue
            ) { Head($0, of: chat, now: now) }
            guard let head = found.first else {
                try Lane(chat, way.rawValue, of: account, in: db).remove()
                return nil
            }
            let isUnknown = head.row.mayHaveLeft
            let forgotten = head.firstAttempt + Store.repeatWindow < now
            guard head.expires <= now || (isUnknown && forgotten) else {
                // What may have left already is not made undone by waiting.
                if !isUnknown, head.broadcast != 0, try isHeld(head) {
                    detours -= 1
                    settled.hasMovedBroadcasts = true
                    continue
                }
                guard head.quiet.contains(now), !isUnknown else { return head }
                detours -= 1
                try keepQuiet(head)
                continue
            }
            detours -= 1
            let woke = try Store.end(
                head.row.outgoing.number, account, as: isUnknown ? "failed" : "expired",
                reason: isUnknown
                    ? "no answer came to any attempt, so nobody knows whether it was delivered"
                    : "it could not leave before it expired", isDoubtful: isUnknown, now: now, in: db)
            if woke { settled.hasWoken = true }
            if head.broadcast != 0 { settled.hasMovedBroadcasts = true }
        }
        return nil
    }
}
