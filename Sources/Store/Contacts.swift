package import BotKit
import DurableSQLite
import GRDB

extension Contact {
    /// Writes what the network says of a contact.
    func save(for account: AccountID, in db: Database) throws {
        try db.run(
            """
            INSERT INTO contact (account, id, kind, name, remark, alias, friend, blocked)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (account, id) DO UPDATE SET
                kind = excluded.kind, name = excluded.name, remark = excluded.remark, alias = excluded.alias,
                friend = excluded.friend, blocked = excluded.blocked
            """,
            account.rawValue, id, kind.rawValue, name, remark, alias, isFriend, isBlocked)
        guard let members else { return }
        try Self.forgetMembers(of: id, account, in: db)
        for member in members {
            try db.run(
                "INSERT OR REPLACE INTO room_member (account, room, person, name) VALUES (?, ?, ?, ?)",
                account.rawValue, id, member.person.rawValue, member.name)
        }
    }

    /// Somebody is no longer in the account's list, or the account no longer in a room. The name stays known.
    static func remove(_ id: String, from account: AccountID, in db: Database) throws {
        try db.run("UPDATE contact SET friend = 0 WHERE account = ? AND id = ?", account.rawValue, id)
        try forgetMembers(of: id, account, in: db)
    }

    private static func forgetMembers(of room: String, _ account: AccountID, in db: Database) throws {
        try db.run("DELETE FROM room_member WHERE account = ? AND room = ?", account.rawValue, room)
    }
}

/// A contact with what the owner calls it.
package struct KnownContact: Sendable {
    package var contact: Contact
    package var tags: [String]
}

extension Store {
    /// Everybody and every room that the account has in its list, by name.
    ///
    /// - Parameter includingStrangers: also those whom it only knows from somewhere.
    package func contacts(
        of account: AccountID, includingStrangers: Bool = false
    ) async throws -> [KnownContact] {
        try await database.read { db in
            var tags: [String: [String]] = [:]
            for (id, tag) in try db.all(
                "SELECT id, tag FROM tag WHERE account = ? ORDER BY id, tag", account.rawValue,
                read: { ($0.text(0), $0.text(1)) })
            {
                tags[id, default: []].append(tag)
            }
            var members: [String: [RoomMember]] = [:]
            for (room, member) in try db.all(
                "SELECT room, person, name FROM room_member WHERE account = ? ORDER BY room, person",
                account.rawValue,
                read: { ($0.text(0), RoomMember(person: PersonID($0.text(1)), name: $0.text(2))) })
            {
                members[room, default: []].append(member)
            }
            return try db.all(
                """
                SELECT id, kind, name, remark, alias, friend, blocked FROM contact
                WHERE account = ? AND (friend OR ?) ORDER BY kind DESC, name, id
                """, account.rawValue, includingStrangers
            ) { row in
                let id = row.text(0)
                return KnownContact(
                    contact: Contact(
                        id: id, kind: ChatKind(rawValue: row.text(1)) ?? .private, name: row.text(2),
                        remark: row.text(3), alias: row.text(4), isFriend: row.bool(5),
                        isBlocked: row.bool(6), members: members[id]),
                    tags: tags[id] ?? [])
            }
        }
    }

    /// Gives a person or room a tag, or takes it away.
    ///
    /// - Returns: whether that changed anything.
    @discardableResult
    package func setTag(
        _ tag: String, on id: String, of account: AccountID, to isSet: Bool
    ) async throws -> Bool {
        try await database.write { db in
            try db.run(
                isSet
                    ? "INSERT INTO tag (account, id, tag) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
                    : "DELETE FROM tag WHERE account = ? AND id = ? AND tag = ?", account.rawValue, id, tag)
            return db.changesCount > 0
        }
    }

    /// Requests to be friends that came and were not answered yet, oldest first.
    package func openFriendRequests(
        of account: AccountID, limit: Int = 1000
    ) async throws -> [PendingFriendRequest] {
        try await database.read { db in
            try db.all(
                """
                SELECT number, time, sender, text FROM event
                WHERE account = ? AND kind = 'friend_request'
                    AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.account = event.account AND o.event = event.number
                        AND o.kind IN ('accept_friend', 'decline_friend') AND o.state NOT IN ('failed', 'expired', 'cancelled'))
                ORDER BY number DESC LIMIT ?
                """, account.rawValue, limit
            ) { row -> PendingFriendRequest? in
                guard
                    case .friendRequest(let request) = Event.Body(
                        sender: PersonID(row.text(2)), isOwn: false, kind: "friend_request",
                        text: row.text(3),
                        mentions: "")
                else { return nil }
                return PendingFriendRequest(
                    number: row.integer(0), time: Timestamp(microseconds: row.integer(1)), request: request)
            }.compactMap(\.self).reversed()
        }
    }
}

/// Somebody's wish to be a friend, waiting for an answer.
package struct PendingFriendRequest: Sendable {
    /// Its place in the journal.
    package var number: Int64
    package var time: Timestamp
    package var request: FriendRequest
}
