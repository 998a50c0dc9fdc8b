package import BotKit
import DurableSQLite
import GRDB

/// An event that happens at a time that is known already.
package struct StoredTimer: Hashable, Sendable {
    /// Which timer it is: setting another one with the same id replaces it.
    package var id: String
    /// When it happens.
    package var due: Timestamp
    /// Where.
    package var chat: ChatID
    /// Whether that chat has two people or many.
    package var chatKind: ChatKind
    /// What.
    package var body: Event.Body

    package init(
        id: String, due: Timestamp, chat: ChatID = .none, chatKind: ChatKind = .private, body: Event.Body
    ) {
        self.id = id
        self.due = due
        self.chat = chat
        self.chatKind = chatKind
        self.body = body
    }
}

/// What comes of a timer that is due.
package struct Firing: Hashable, Sendable {
    /// What happens, in order: each becomes an event of the time at which it was due. The timer itself, if nobody says
    /// otherwise.
    package var happens: [StoredTimer]
    /// The timer that takes its place; nil if it is gone.
    package var next: StoredTimer?

    package init(happens: [StoredTimer], next: StoredTimer? = nil) {
        self.happens = happens
        self.next = next
    }
}

extension Store {
    /// When the first timer is due; nil if there is none.
    package func nextTimer(of account: AccountID) async throws -> Timestamp? {
        try await database.read { db in
            let due: Int64? = try db.value(
                "SELECT due FROM timer INDEXED BY timer_due WHERE account = ? ORDER BY due LIMIT 1",
                account.rawValue)
            return due.map { Timestamp(microseconds: $0) }
        }
    }

    /// Puts the events of timers that are due into the journal, oldest first, `limit` timers at most, and sets what takes
    /// their place, in one transaction.
    ///
    /// - Parameter firing: says what comes of a timer. Must give the same at each try and change nothing: it may be
    ///   asked again.
    /// - Returns: how many events are new.
    package func fireTimers(
        of account: AccountID, limit: Int, now: Timestamp,
        firing: @escaping @Sendable (StoredTimer) -> Firing = { Firing(happens: [$0]) }
    ) async throws -> Int {
        try await database.write { db in
            let due = try db.all(
                """
                SELECT id, due, chat, chat_kind, kind, text FROM timer INDEXED BY timer_due
                WHERE account = ? AND due <= ? ORDER BY due LIMIT ?
                """, account.rawValue, now.microseconds, limit, read: StoredTimer.init)
            guard !due.isEmpty else { return 0 }
            var journal = try JournalEnd(of: account, in: db)
            for timer in due {
                let firing = firing(timer)
                for timer in firing.happens { try journal.append(timer.event, now: now) }
                try timer.remove(from: account, in: db)
                try firing.next?.save(for: account, in: db)
            }
            try journal.save()
            return journal.count
        }
    }

    /// Timers whose id begins so, in the order of their ids.
    package func timers(of account: AccountID, under prefix: String) async throws -> [StoredTimer] {
        try await database.read { db in
            try db.all(
                """
                SELECT id, due, chat, chat_kind, kind, text FROM timer
                WHERE account = ? AND id >= ? AND substr(id, 1, ?) = ? ORDER BY id
                """, account.rawValue, prefix, prefix.unicodeScalars.count, prefix, read: StoredTimer.init)
        }
    }

    /// Sets timers, and takes others away.
    package func change(
        timersOf account: AccountID, set: [StoredTimer], remove: [String]
    ) async throws {
        try await database.write { db in
            for id in remove { try StoredTimer.remove(id, from: account, in: db) }
            for timer in set { try timer.save(for: account, in: db) }
        }
    }
}

extension StoredTimer {
    /// A timer fires once at a time, so its name and the time are the event's; a run waits for a turn once.
    fileprivate var event: Event {
        let name =
            if case .wake(let wake) = body { wake.eventID } else {
                EventID("timer:\(id):\(due.microseconds)")
            }
        return Event(
            id: name, chat: chat, chatKind: chatKind, time: due,
            body: body)
    }

    fileprivate init(_ row: Columns) {
        self.init(
            id: row.text(0), due: Timestamp(microseconds: row.integer(1)), chat: ChatID(row.text(2)),
            chatKind: ChatKind(rawValue: row.text(3)) ?? .private,
            body: Event.Body(sender: "", isOwn: false, kind: row.text(4), text: row.text(5), mentions: ""))
    }

    func save(for account: AccountID, in db: Database) throws {
        let columns = body.columns
        try db.run(
            """
            INSERT OR REPLACE INTO timer (account, id, due, chat, chat_kind, kind, text) VALUES (?, ?, ?, ?, ?, ?, ?)
            """, account.rawValue, id, due.microseconds, chat.rawValue, chatKind.rawValue, columns.kind,
            columns.text)
    }

    func remove(from account: AccountID, in db: Database) throws {
        try Self.remove(id, from: account, in: db)
    }

    static func remove(_ id: String, from account: AccountID, in db: Database) throws {
        try db.run("DELETE FROM timer WHERE account = ? AND id = ?", account.rawValue, id)
    }
}
