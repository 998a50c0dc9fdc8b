import BotKit
import DurableSQLite
import GRDB

/// What a change of a contact tells that rules can react to: found by comparing what comes with what is stored, before
/// it is overwritten.
///
/// The first look at an account's contacts is no news: whoever was there before the bot has not just arrived.
struct ContactNews {
    let account: AccountID
    let now: Timestamp
    let db: Database

    func events(of contact: Contact) throws -> [Event] {
        let known = try db.all(
            "SELECT friend, name FROM contact WHERE account = ? AND id = ?", account.rawValue, contact.id
        ) { (isFriend: $0.bool(0), name: $0.text(1)) }.first
        guard contact.kind == .group else {
            return contact.isFriend && known?.isFriend != true
                ? [event(.friendAdded(PersonID(contact.id)), contact)] : []
        }
        if contact.isFriend, known?.isFriend != true {
            return [event(.group(GroupChange(kind: .invited, name: contact.name)), contact)]
        }
        var events: [Event] = []
        if let known, !known.name.isEmpty, !contact.name.isEmpty, known.name != contact.name {
            events.append(event(.group(GroupChange(kind: .renamed, name: contact.name)), contact))
        }
        return events + (try members(of: contact))
    }

    /// Somebody left the account's list, or the account left a room.
    func events(ofRemoved id: String) throws -> [Event] {
        let known = try db.all(
            "SELECT friend, kind FROM contact WHERE account = ? AND id = ?", account.rawValue, id
        ) { (isFriend: $0.bool(0), kind: ChatKind(rawValue: $0.text(1)) ?? .private) }.first
        guard let known, known.isFriend, known.kind == .private else { return [] }
        let contact = Contact(id: id, kind: .private, name: "", isFriend: false)
        return [event(.friendLost(PersonID(id)), contact)]
    }

    private func members(of room: Contact) throws -> [Event] {
        guard let members = room.members else { return [] }
        let known = Set(
            try db.all(
                "SELECT person FROM room_member WHERE account = ? AND room = ?", account.rawValue, room.id
            ) { PersonID($0.text(0)) })
        // Who is in a room that was never listed has not just come.
        if known.isEmpty { return [] }
        let people = Set(members.map(\.person))
        let joined = people.subtracting(known).sorted().map { GroupChange(kind: .joined, person: $0) }
        let left = known.subtracting(people).sorted().map { GroupChange(kind: .left, person: $0) }
        return (joined + left).map { event(.group($0), room) }
    }

    /// Its id is completed where it is stored.
    private func event(_ body: Event.Body, _ contact: Contact) -> Event {
        Event(id: "", chat: ChatID(contact.id), chatKind: contact.kind, time: now, body: body)
    }
}
