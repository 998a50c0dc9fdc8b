package import BotKit
import DurableSQLite
import Foundation
import GRDB

/// What a decision may look at, as it stands within the transaction that the decision is part of.
///
/// Every look-up is one search in an index. Not to be kept: it ends with the transaction.
package final class StoredState {
    package let account: AccountID
    package let now: Timestamp
    let db: Database
    /// The event that is being decided.
    package internal(set) var event: PendingEvent?
    /// The call whose outcome is being decided, if its run is not written down.
    var firstCall: FirstCall?

    init(_ account: AccountID, in db: Database, now: Timestamp) {
        self.account = account
        self.db = db
        self.now = now
    }

    /// Where earlier runs of a rule are looked for.
    package enum RunScope: Hashable, Sendable {
        case chat(ChatID)
        case sender(PersonID)
        /// Anywhere in the account.
        case account
    }

    /// When a rule started, newest first, not before `since` and no more than `limit` of them.
    package func starts(
        of rule: String, in scope: RunScope, since: Timestamp, limit: Int
    ) throws -> [Timestamp] {
        try starts(of: rule, in: scope, since: since, until: nil, beforeEvent: nil, limit: limit)
    }

    /// The same, of those that started by then for an event before that place in the journal.
    func starts(
        of rule: String, in scope: RunScope, since: Timestamp, until: Timestamp?, beforeEvent: Int64?,
        limit: Int
    ) throws -> [Timestamp] {
        let (index, condition, argument): (String, String, String) =
            switch scope {
            case .chat(let chat): ("run_by_chat", "AND chat = ?", chat.rawValue)
            case .sender(let sender): ("run_by_sender", "AND sender = ?", sender.rawValue)
            case .account: ("run_by_rule", "AND ? = ''", "")
            }
        return try db.all(
            """
            SELECT time FROM run INDEXED BY \(index)
            WHERE account = ? AND rule = ? \(condition) AND time BETWEEN ? AND ? AND event < ?
            ORDER BY time DESC LIMIT ?
            """, account.rawValue, rule, argument, since.microseconds, until?.microseconds ?? .max,
            beforeEvent ?? .max, limit
        ) { Timestamp(microseconds: $0.integer(0)) }
    }

    /// How many messages of others a chat has had since then, up to the one that is being decided; counting ends at
    /// `limit`.
    package func messages(in chat: ChatID, since: Timestamp, limit: Int) throws -> Int {
        try messages(in: chat, since: since, until: nil, upTo: event?.number, limit: limit)
    }

    /// The same, of those that were received by then and are in the journal up to that place.
    func messages(
        in chat: ChatID, since: Timestamp, until: Timestamp?, upTo number: Int64?, limit: Int
    ) throws -> Int {
        try db.value(
            """
            SELECT count(*) FROM (SELECT 1 FROM event INDEXED BY event_by_chat
                WHERE account = ? AND chat = ? AND received BETWEEN ? AND ? AND number <= ? AND own = 0
                    AND kind NOT IN ('friend_request', 'recall', 'friend_added', 'friend_lost', 'group', 'webhook',
                        'bot', 'event', 'schedule', 'wake')
                LIMIT ?)
            """, account.rawValue, chat.rawValue, since.microseconds, until?.microseconds ?? .max,
            number ?? .max, limit) ?? 0
    }

    /// The value of a variable; nil if it has none or none any more.
    package func value(of variable: Variable) throws -> Value? {
        let json: String? = try db.value(
            """
            SELECT value FROM variable WHERE account = ? AND owner = ? AND name = ?
                AND (expires IS NULL OR expires > ?)
            """, account.rawValue, variable.owner.key, variable.name, now.microseconds)
        return json.flatMap { Value(json: $0) }
    }

    /// All variables of an owner that have a value.
    package func variables(of owner: Variable.Owner) throws -> [String: Value] {
        let found = try db.all(
            """
            SELECT name, value FROM variable WHERE account = ? AND owner = ? AND (expires IS NULL OR expires > ?)
            """, account.rawValue, owner.key, now.microseconds
        ) { ($0.text(0), Value(json: $0.text(1)) ?? .missing) }
        return Dictionary(found, uniquingKeysWith: { first, _ in first })
    }

    /// The tags of a person or room, in order.
    package func tags(of id: String) throws -> [String] {
        try db.all(
            "SELECT tag FROM tag WHERE account = ? AND id = ? ORDER BY tag", account.rawValue, id
        ) { $0.text(0) }
    }

    /// Which of a list of texts a chat got last.
    package func lastPick(of list: String, in chat: ChatID) throws -> Int? {
        try db.value(
            "SELECT picked FROM pick WHERE account = ? AND chat = ? AND name = ?", account.rawValue,
            chat.rawValue, list)
    }

    /// The account itself; nil before it has logged in for the first time.
    package func me() throws -> PersonID? {
        let person: String? = try db.value(
            "SELECT person FROM account WHERE account = ? AND person <> ''", account.rawValue)
        return person.map { PersonID($0) }
    }

    /// What is known of a person or room with this id.
    package func contact(_ id: String) throws -> Contact? {
        try contacts("id = ?", id).first
    }

    /// People, or rooms, that are called so: by id, by the owner's name for them, by their own, or by
    /// what they are found by. Two at most: more
    /// than one is nobody in particular.
    package func contacts(called name: String, kind: ChatKind) throws -> [Contact] {
        if let contact = try contact(name), contact.kind == kind { return [contact] }
        let remarked = try contacts("remark <> '' AND remark = ?", name, "contact_by_remark").filter {
            $0.kind == kind
        }
        if !remarked.isEmpty { return remarked }
        let named = try contacts("name = ?", name, "contact_by_name").filter { $0.kind == kind }
        return named.isEmpty
            ? try contacts("alias <> '' AND alias = ?", name, "contact_by_alias").filter { $0.kind == kind }
            : named
    }

    private func contacts(
        _ condition: String, _ argument: String, _ index: String? = nil
    ) throws -> [Contact] {
        try db.all(
            """
            SELECT id, kind, name, remark, friend FROM contact \(index.map { "INDEXED BY \($0)" } ?? "") WHERE account = ? AND \(condition)
            ORDER BY friend DESC LIMIT 8
            """, account.rawValue, argument
        ) { row in
            Contact(
                id: row.text(0), kind: ChatKind(rawValue: row.text(1)) ?? .private, name: row.text(2),
                remark: row.text(3), isFriend: row.bool(4))
        }
    }

    /// How somebody said that they had found the account when they last asked to be a friend, in the network's words;
    /// looked for among the newest thousand events of their chat.
    package func friendSource(of person: PersonID) throws -> String? {
        let texts = try db.all(
            """
            SELECT text FROM (SELECT kind, text, received FROM event INDEXED BY event_by_chat
                WHERE account = ? AND chat = ? ORDER BY received DESC LIMIT 1000)
            WHERE kind = 'friend_request' ORDER BY received DESC LIMIT 1
            """, account.rawValue, person.rawValue
        ) { $0.text(0) }
        let body = texts.first.flatMap { text in
            Event.Body(sender: person, isOwn: false, kind: "friend_request", text: text, mentions: "")
        }
        guard case .friendRequest(let request)? = body else { return nil }
        return request.source
    }

    /// The newest message of the bot's own that left into a chat and can still be named to the network.
    package func lastSent(in chat: ChatID) throws -> SentMessage? { try lastSent(in: chat, until: nil) }

    /// The same, of those whose fate was known by then.
    func lastSent(in chat: ChatID, until: Timestamp?) throws -> SentMessage? {
        try db.all(
            """
            SELECT client_seconds, client_number, server_id FROM outbox INDEXED BY outbox_sent
            WHERE account = ? AND chat = ? AND state = 'sent' AND server_id <> '' AND settled <= ?
            ORDER BY number DESC LIMIT 1
            """, account.rawValue, chat.rawValue, until?.microseconds ?? .max
        ) { row in
            SentMessage(
                clientID: ClientMessageID(
                    seconds: UInt32(truncatingIfNeeded: row.integer(0)),
                    number: UInt32(truncatingIfNeeded: row.integer(1))),
                serverID: row.text(2))
        }.first
    }
}

extension StoredState {
    /// Remembers something.
    func apply(_ change: StateChange) throws {
        switch change {
        case .started(let rule, let sender):
            guard let event else { return }
            try db.run(
                "INSERT OR IGNORE INTO run (account, rule, event, time, chat, sender) VALUES (?, ?, ?, ?, ?, ?)",
                account.rawValue, rule, event.number, now.microseconds, event.event.chat.rawValue,
                sender.rawValue)
        case .set(let variable, let value, let lifetime): try save(value, in: variable, lifetime)
        case .clear(let variable):
            try db.run(
                "DELETE FROM variable WHERE account = ? AND owner = ? AND name = ?", account.rawValue,
                variable.owner.key, variable.name)
        case .tag(let tag, let id, let isSet):
            try db.run(
                isSet
                    ? "INSERT INTO tag (account, id, tag) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
                    : "DELETE FROM tag WHERE account = ? AND id = ? AND tag = ?", account.rawValue, id, tag)
        }
    }

    private func save(_ value: Value, in variable: Variable, _ lifetime: Duration?) throws {
        try db.run(
            "INSERT OR REPLACE INTO variable (account, owner, name, value, expires) VALUES (?, ?, ?, ?, ?)",
            account.rawValue, variable.owner.key, variable.name, value.json,
            lifetime.map { (now + $0).microseconds })
    }
}

extension Variable.Owner {
    /// How the owner is written in a row.
    var key: String {
        switch self {
        case .chat(let chat): "chat:" + chat.rawValue
        case .sender(let sender): "sender:" + sender.rawValue
        case .bot: "bot"
        }
    }
}
