package import BotKit
import DurableSQLite
import Foundation
import GRDB

extension Store {
    /// How much of the network's history is stored; nil if nothing is.
    package func syncKey(of account: AccountID) async throws -> SyncKey? {
        try await database.read { db in
            let bytes: Data? = try db.value(
                "SELECT sync_key FROM account WHERE account = ? AND sync_key IS NOT NULL", account.rawValue)
            return bytes.map { SyncKey(bytes: [UInt8]($0)) }
        }
    }

    /// Stores a page of what changed together with the key that says so. What is stored already is passed over.
    ///
    /// - Returns: how many events were new.
    package func append(_ changes: Changes, to account: AccountID, now: Timestamp) async throws -> Int {
        try await database.write { db in
            let news = try Self.contactNews(in: changes, of: account, now: now, in: db)
            for contact in changes.contacts {
                try contact.save(for: account, in: db)
                if contact.isFriend { try Lane.befriended(contact.id, of: account, in: db) }
            }
            for id in changes.removedContacts { try Contact.remove(id, from: account, in: db) }
            let woken = try changes.confirmed.count { message in
                try Self.confirm(message, of: account, now: now, in: db)
            }
            var journal = try JournalEnd(of: account, in: db)
            for event in news { try journal.append(event, now: now) }
            for event in changes.events { try journal.append(event, now: now) }
            try journal.save()
            try db.run(
                "UPDATE account SET sync_key = ? WHERE account = ?", Data(changes.key.bytes),
                account.rawValue)
            return journal.count + woken
        }
    }

    /// Stores something that no network told. What is stored already is passed over.
    ///
    /// - Returns: whether it was new.
    package func append(_ event: Event, to account: AccountID, now: Timestamp) async throws -> Bool {
        try await database.write { db in
            var journal = try JournalEnd(of: account, in: db)
            try journal.append(event, now: now)
            try journal.save()
            return journal.count > 0
        }
    }

    private static func contactNews(
        in changes: Changes, of account: AccountID, now: Timestamp, in db: Database
    ) throws -> [Event] {
        let hasSynced: Int64? = try db.value(
            "SELECT 1 FROM account WHERE account = ? AND sync_key IS NOT NULL", account.rawValue)
        guard hasSynced != nil, !changes.contacts.isEmpty || !changes.removedContacts.isEmpty else {
            return []
        }
        let news = ContactNews(account: account, now: now, db: db)
        let events =
            try changes.contacts.flatMap { try news.events(of: $0) }
            + changes.removedContacts.flatMap { try news.events(ofRemoved: $0) }
        // The page is stored once, so the key that it came with names what was new in it.
        let page = changes.key.bytes.reduce(into: UInt64(0xcbf2_9ce4_8422_2325)) { hash, byte in
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
        }
        return events.enumerated().map { number, event in
            var event = event
            event.id = EventID("contact:\(String(page, radix: 16)):\(number)")
            return event
        }
    }

    /// Events that nobody has decided yet, oldest first, with what is known of who and where.
    package func undecided(
        of account: AccountID, after number: Int64, limit: Int
    ) async throws -> [PendingEvent] {
        try await database.read { db in
            try db.all(
                PendingEvent.select
                    + "WHERE e.account = ? AND e.number > ? AND e.decided IS NULL ORDER BY e.number LIMIT ?",
                account.rawValue, number, limit, read: PendingEvent.init)
        }
    }
}

/// The end of an account's journal, within a transaction that adds to it.
struct JournalEnd {
    private let account: AccountID
    private let db: Database
    private let first: Int64
    /// The place of the next event that is added.
    private(set) var next: Int64

    init(of account: AccountID, in db: Database) throws {
        self.account = account
        self.db = db
        first = try db.value("SELECT next_event FROM account WHERE account = ?", account.rawValue) ?? 1
        next = first
    }

    /// How many events were added.
    var count: Int { Int(next - first) }

    /// Adds an event; one that is there already is passed over.
    ///
    /// - Parameter trace: why what was decided of it was decided; nil if it is still to be decided.
    /// - Returns: its place; nil if it is there already.
    @discardableResult
    mutating func append(_ event: Event, now: Timestamp, decided trace: [TraceLine]? = nil) throws -> Int64? {
        let (sender, isOwn, kind, text, mentions) = event.body.columns
        try db.run(
            """
            INSERT INTO event
                (account, number, id, chat, chat_kind, time, sender, own, kind, text, mentions, received, decided,
                trace)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (account, id) DO NOTHING
            """,
            account.rawValue, next, event.id.rawValue, event.chat.rawValue, event.chatKind.rawValue,
            event.time.microseconds, sender.rawValue, isOwn, kind, text, mentions, now.microseconds,
            trace == nil ? nil : now.microseconds, trace?.text)
        guard db.changesCount > 0 else { return nil }
        defer { next += 1 }
        return next
    }

    /// Keeps the numbers that were given.
    func save() throws {
        guard next != first else { return }
        try db.run("UPDATE account SET next_event = ? WHERE account = ?", next, account.rawValue)
    }
}

/// An event that waits for a decision.
package struct PendingEvent: Hashable, Sendable {
    /// Its place in the account's journal.
    package var number: Int64
    /// What happened.
    package var event: Event
    /// Who did it, if known.
    package var sender: Contact?
    /// Where, if known.
    package var chat: Contact?

    package init(number: Int64, event: Event, sender: Contact? = nil, chat: Contact? = nil) {
        self.number = number
        self.event = event
        self.sender = sender
        self.chat = chat
    }
}

extension PendingEvent {
    /// What `init` reads.
    static let select = """
        SELECT e.number, e.id, e.chat, e.chat_kind, e.time, e.sender, e.own, e.kind, e.text, e.mentions,
            s.name, s.remark, s.friend, c.name, c.remark, c.friend
        FROM event e
        LEFT JOIN contact s ON s.account = e.account AND s.id = e.sender
        LEFT JOIN contact c ON c.account = e.account AND c.id = e.chat

        """

    init(_ row: Columns) {
        number = row.integer(0)
        let chatKind = ChatKind(rawValue: row.text(3)) ?? .private
        let sender = row.text(5)
        event = Event(
            id: EventID(row.text(1)), chat: ChatID(row.text(2)), chatKind: chatKind,
            time: Timestamp(microseconds: row.integer(4)),
            body: Event.Body(
                sender: PersonID(sender), isOwn: row.bool(6), kind: row.text(7), text: row.text(8),
                mentions: row.text(9)))
        self.sender = Self.contact(row, at: 10, id: sender, kind: .private)
        chat = Self.contact(row, at: 13, id: event.chat.rawValue, kind: chatKind)
    }

    private static func contact(_ row: Columns, at column: Int32, id: String, kind: ChatKind) -> Contact? {
        guard !row.isNull(column) else { return nil }
        return Contact(
            id: id, kind: kind, name: row.text(column), remark: row.text(column + 1),
            isFriend: row.bool(column + 2))
    }
}
