package import BotKit
import DurableSQLite
import GRDB

/// What happened to an account from some moment on, and what is known of the time before.
///
/// Every look-up is one search in an index, bounded by the moment that is asked about. Not to be kept: it ends with the
/// look at the store.
package final class History {
    package let account: AccountID
    /// What is known now: people, rooms, tags.
    package let present: StoredState
    let db: Database
    /// The place of the first event of the period; those before it are the past.
    let first: Int64
    /// When the last event of the past was decided.
    private let pastEnd: Timestamp
    private let hasEmitted: Bool
    private var contacts: [String: Contact?] = [:]

    init(of account: AccountID, since: Timestamp, now: Timestamp, in db: Database) throws {
        self.account = account
        self.db = db
        present = StoredState(account, in: db, now: now)
        first = try Self.firstEvent(of: account, since: since, in: db)
        // Chats are decided beside each other, and some wait for handlers, so the last one decided need not be the last in
        // the journal. The bus holds fewer than these.
        let end: Int64? = try db.value(
            """
            SELECT max(decided) FROM
                (SELECT decided FROM event WHERE account = ? AND number < ? ORDER BY number DESC LIMIT 32768)
            """, account.rawValue, first)
        pastEnd = Timestamp(microseconds: end ?? .min)
        let emitted: Int64? = try db.value(
            "SELECT 1 FROM event WHERE account = ? AND id >= 'emitted:' AND id < 'emitted;' AND number >= ? LIMIT 1",
            account.rawValue, first)
        hasEmitted = emitted != nil
    }

    /// Events are received in the order of the journal, so the first since then is found by halving.
    private static func firstEvent(
        of account: AccountID, since: Timestamp, in db: Database
    ) throws -> Int64 {
        var low: Int64 = 1
        let last: Int64? = try db.value("SELECT max(number) FROM event WHERE account = ?", account.rawValue)
        var high = (last ?? 0) + 1
        while low < high {
            let middle = low + (high - low) / 2
            let found = try db.all(
                "SELECT number, received FROM event WHERE account = ? AND number >= ? ORDER BY number LIMIT 1",
                account.rawValue, middle, read: { (number: $0.integer(0), received: $0.integer(1)) }
            ).first
            guard let found, found.received < since.microseconds else {
                high = middle
                continue
            }
            low = found.number + 1
        }
        return low
    }

    /// The next events of the period with what came of them, in the order of the journal. What rules have emitted stands
    /// with the event that it is about; what their waits ended with is left out.
    package func events(after number: Int64, limit: Int) throws -> [HistoricEvent] {
        var events = try db.all(
            """
            SELECT \(HistoricEvent.columns) FROM event
            WHERE account = ? AND number >= ? AND kind NOT IN ('event', 'wake') ORDER BY number LIMIT ?
            """, account.rawValue, max(number &+ 1, first), limit, read: HistoricEvent.init)
        guard let start = events.first?.number, let end = events.last?.number else { return [] }
        var departures = try departures(of: start...end)[...]
        for index in events.indices {
            // Both are in order, and what emitted events have brought about is in between.
            departures = departures.drop { $0.event < events[index].number }
            let own = departures.prefix { $0.event == events[index].number }
            events[index].departures = own.map(\.departure)
            if hasEmitted, events[index].decided != nil {
                events[index].emitted = try emitted(by: events[index].number)
            }
        }
        return events
    }

    private func departures(
        of numbers: ClosedRange<Int64>
    ) throws -> [(event: Int64, departure: Departure)] {
        try db.all(
            """
            SELECT event, rule, chat, kind, text, mentions FROM outbox INDEXED BY outbox_by_event
            WHERE account = ? AND event BETWEEN ? AND ? AND event <> 0 AND rule <> '' ORDER BY event, number
            """, account.rawValue, numbers.lowerBound, numbers.upperBound
        ) { row in
            (
                row.integer(0),
                Departure(
                    rule: row.text(1), chat: ChatID(row.text(2)), kind: row.text(3), text: row.text(4),
                    mentions: row.text(5))
            )
        }
    }

    private func emitted(by number: Int64) throws -> [Int: HistoricEvent] {
        let prefix = "emitted:\(number):"
        let found = try db.all(
            "SELECT \(HistoricEvent.columns) FROM event WHERE account = ? AND id >= ? AND id < ?",
            account.rawValue, prefix, "emitted:\(number);", read: HistoricEvent.init)
        var emitted: [Int: HistoricEvent] = [:]
        for var event in found where event.number > number {
            guard let index = Int(event.event.id.rawValue.dropFirst(prefix.utf8.count)) else { continue }
            event.departures = try departures(of: event.number...event.number).map(\.departure)
            event.emitted = try self.emitted(by: event.number)
            emitted[index] = event
        }
        return emitted
    }

    // MARK: What was known

    /// What is known now of a person or room with this id.
    package func contact(_ id: String) throws -> Contact? {
        if let known = contacts[id] { return known }
        let contact = id.isEmpty ? nil : try present.contact(id)
        contacts[id] = .some(contact)
        return contact
    }

    /// When a rule started for an event before the period, newest first, not before `since` and no more than `limit` of
    /// them.
    package func starts(
        of rule: String, in scope: StoredState.RunScope, since: Timestamp, limit: Int
    ) throws -> [Timestamp] {
        guard since <= pastEnd else { return [] }
        return try present.starts(
            of: rule, in: scope, since: since, until: pastEnd, beforeEvent: first, limit: limit)
    }

    /// How many messages of others a chat had since then, up to an event; counting ends at `limit`.
    package func messages(
        in chat: ChatID, since: Timestamp, upTo event: HistoricEvent, limit: Int
    ) throws -> Int {
        try present.messages(
            in: chat, since: since, until: event.received, upTo: event.number, limit: limit)
    }

    /// The value that a variable has now, and until when.
    package func value(of variable: Variable) throws -> (value: Value, expires: Timestamp?)? {
        try db.all(
            "SELECT value, expires FROM variable WHERE account = ? AND owner = ? AND name = ?",
            account.rawValue, variable.owner.key, variable.name
        ) { row -> (value: Value, expires: Timestamp?)? in
            guard let value = Value(json: row.text(0)) else { return nil }
            return (value, row.isNull(1) ? nil : Timestamp(microseconds: row.integer(1)))
        }.first ?? nil
    }

    /// Whether something had left under this key before the period.
    package func wasUsed(_ key: String) throws -> Bool {
        let found: Int64? = try db.value(
            "SELECT 1 FROM outbox WHERE account = ? AND key = ? AND key <> '' AND event < ?",
            account.rawValue,
            key, first)
        return found != nil
    }

    /// The newest message of the bot's own that had left into a chat by then.
    package func lastSent(in chat: ChatID, at now: Timestamp) throws -> SentMessage? {
        try present.lastSent(in: chat, until: now)
    }
}
