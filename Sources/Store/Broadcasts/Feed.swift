package import BotKit
import DurableSQLite
import GRDB

/// A moment at which one message of a broadcast may leave, and how far ahead of its pace the broadcast is with it.
package struct BroadcastSlot: Hashable, Sendable {
    package var time: Timestamp
    package var arrival: Timestamp

    package init(time: Timestamp, arrival: Timestamp) {
        self.time = time
        self.arrival = arrival
    }
}

extension Store {
    /// Puts messages of a broadcast into the outbox, each in the transaction that notes it beside its recipient: so nobody
    /// gets it twice, and nobody is forgotten. Who is not to get it any more is left out.
    ///
    /// - Parameters:
    ///   - slots: when they may leave; as many messages at most.
    ///   - write: makes the message for somebody. What it throws is kept as the reason why they get none.
    /// - Returns: how many were put there.
    package func feed(
        _ broadcast: StoredBroadcast, at slots: [BroadcastSlot], now: Timestamp,
        write: @escaping @Sendable (String, Timestamp, StoredState) throws -> (Effect, SendTerms)
    ) async throws -> Int {
        try await database.write { db in
            let (account, number) = (broadcast.account, broadcast.number)
            let isOpen: Int64? = try db.value(
                "SELECT 1 FROM broadcast WHERE account = ? AND number = ? AND state = 'sending' AND paused = 0",
                account.rawValue, number)
            guard isOpen != nil else { return 0 }
            let state = StoredState(account, in: db, now: now)
            let query = AudienceQuery(of: account, now: now)
            let first = try Self.nextOutgoing(of: account, in: db)
            var next = first
            for id in try Self.waiting(of: broadcast, limit: slots.count, in: db) {
                let recipient = Recipient(id: id, of: number, account, in: db)
                if try query.isRefused(id, by: broadcast.order.audience, in: db) {
                    try recipient.become(.leftOut, reason: Recipient.refused)
                    continue
                }
                let slot = slots[Int(next - first)]
                do {
                    let (effect, terms) = try write(id, slot.time, state)
                    let chat = ChatID(id)
                    _ = try Self.enqueue(
                        effect, in: (chat, Self.kind(of: chat, account, in: db)),
                        from: Origin(event: 0, rule: broadcast.order.rule, broadcast: number), as: next,
                        account, terms, now: now, in: db)
                } catch let error as DatabaseError {
                    throw error
                } catch {
                    try recipient.become(.failed, reason: "\(error)")
                    continue
                }
                try recipient.become(.queued)
                next += 1
            }
            try Self.take(first..<next, of: account, in: db)
            if next > first {
                try db.run(
                    "UPDATE broadcast SET arrival = ? WHERE account = ? AND number = ?",
                    slots[Int(next - first) - 1].arrival.microseconds, account.rawValue, number)
            }
            return Int(next - first)
        }
    }

    private static func waiting(
        of broadcast: StoredBroadcast, limit: Int, in db: Database
    ) throws -> [String] {
        try db.all(
            """
            SELECT id FROM recipient INDEXED BY recipient_waiting
            WHERE account = ? AND broadcast = ? AND state = 0 ORDER BY id LIMIT ?
            """, broadcast.account.rawValue, broadcast.number, limit
        ) { $0.text(0) }
    }
}
