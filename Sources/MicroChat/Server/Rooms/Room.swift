import DurableSQLite
import GRDB
import MicroChatWire

/// A chat room inside a transaction (MicroChat wire protocol, section 14.8). Only members get here.
struct Room {
    static let maximumMembers = 500
    /// Longer topics and names inside a room are refused; in bytes.
    static let maximumTopic = 128
    static let maximumDisplayName = 96
    /// Longer announcements are refused; in bytes.
    static let maximumAnnouncement = 4096

    let id: Int64
    let wxid: String
    private(set) var owner: Int32
    /// In the order of joining.
    private(set) var members: [Int32]

    /// The room with a wxid.
    ///
    /// - Throws: `Refusal` if there is none, or the account is not in it: strangers learn nothing about it.
    init(_ wxid: String, for member: Int32, _ db: Database) throws {
        let rows = try db.rows("SELECT id, owner FROM rooms WHERE wxid = ?", wxid)
        guard let row = try rows.next() else { throw Refusal(.notInRoom) }
        try self.init(id: row[0], wxid: wxid, owner: row[1], db)
        guard members.contains(member) else { throw Refusal(.notInRoom) }
    }

    /// The room with a number; nil if nobody is in it any more.
    init?(id: Int64, _ db: Database) throws {
        let rows = try db.rows("SELECT wxid, owner FROM rooms WHERE id = ?", id)
        guard let row = try rows.next() else { return nil }
        try self.init(id: id, wxid: row[0], owner: row[1], db)
        guard !members.isEmpty else { return nil }
    }

    private init(id: Int64, wxid: String, owner: Int32, _ db: Database) throws {
        self.id = id
        self.wxid = wxid
        self.owner = owner
        members = try db.all(
            "SELECT member FROM room_members WHERE room = ? AND NOT is_gone ORDER BY place", id
        ) { Int32(truncatingIfNeeded: $0.integer(0)) }
    }

    /// The rooms that an account is in.
    static func all(of member: Int32, _ db: Database) throws -> [Room] {
        let rows = try db.rows(
            """
            SELECT id, wxid, owner FROM room_members JOIN rooms ON id = room WHERE member = ? AND NOT is_gone
            """, member)
        var found: [(Int64, String, Int32)] = []
        while let row = try rows.next() { found.append((row[0], row[1], row[2])) }
        return try found.map { try Room(id: $0, wxid: $1, owner: $2, db) }
    }

    /// Whether two people are in a room together.
    static func haveCommon(_ one: Int32, _ other: Int32, _ db: Database) throws -> Bool {
        let room: Int64? = try db.value(
            """
            SELECT mine.room FROM room_members AS mine JOIN room_members AS theirs ON theirs.room = mine.room
            WHERE mine.member = ? AND NOT mine.is_gone AND theirs.member = ? AND NOT theirs.is_gone LIMIT 1
            """, one, other)
        return room != nil
    }

    /// Makes a room whose only member is its owner.
    init(topic: String, owner: Int32, _ edit: inout Edit) throws {
        guard topic.utf8.count <= Self.maximumTopic else { throw Refusal(.badArgument) }
        let digits: StaticString = "0123456789"
        wxid = String(decoding: Randomness.characters(14, from: digits), as: UTF8.self) + Route.roomSuffix
        try edit.db.run(
            "INSERT INTO rooms(wxid, topic, owner, created_at) VALUES (?, ?, ?, ?)", wxid, topic, owner,
            edit.now)
        id = edit.db.lastInsertedRowID
        self.owner = owner
        members = []
        try join(owner, invitedBy: owner, &edit)
    }

    // Each of these is followed by `publish`.

    /// Adds a member who is not there yet.
    mutating func join(_ member: Int32, invitedBy inviter: Int32, _ edit: inout Edit) throws {
        guard !members.contains(member) else { return }
        try edit.db.run(
            """
            INSERT OR REPLACE INTO room_members(room, member, position, place, invited_by)
            VALUES (?1, ?2, 0, (SELECT coalesce(max(place), 0) + 1 FROM room_members WHERE room = ?1), ?3)
            """, id, member, inviter)
        members.append(member)
    }

    /// Takes a member out, who is told. An owner's room goes to whoever has been there longest.
    mutating func leave(_ member: Int32, _ edit: inout Edit) throws {
        guard let place = members.firstIndex(of: member) else { return }
        members.remove(at: place)
        let position = try edit.drawContactPosition(of: member)
        try edit.db.run(
            "UPDATE room_members SET is_gone = TRUE, position = ? WHERE room = ? AND member = ?",
            position ?? 0, id, member)
        if owner == member, let heir = members.first {
            owner = heir
            try edit.db.run("UPDATE rooms SET owner = ? WHERE id = ?", heir, id)
        }
    }

    func rename(_ topic: String, _ edit: inout Edit) throws {
        guard topic.utf8.count <= Self.maximumTopic else { throw Refusal(.badArgument) }
        try edit.db.run("UPDATE rooms SET topic = ? WHERE id = ?", topic, id)
    }

    func setDisplayName(_ name: String, of member: Int32, _ edit: inout Edit) throws {
        guard name.utf8.count <= Self.maximumDisplayName else { throw Refusal(.badArgument) }
        try edit.db.run(
            "UPDATE room_members SET display_name = ? WHERE room = ? AND member = ?", name, id, member)
    }

    /// - Returns: the digest of the picture that it had.
    func setPicture(_ digest: String, _ edit: inout Edit) throws -> String {
        let old: String? = try edit.db.value("SELECT picture FROM rooms WHERE id = ?", id)
        try edit.db.run("UPDATE rooms SET picture = ? WHERE id = ?", digest, id)
        return old ?? ""
    }

    /// Gives every member the room anew.
    func publish(_ edit: inout Edit) throws {
        try edit.db.run("UPDATE rooms SET version = version + 1 WHERE id = ?", id)
        for member in members {
            guard let position = try edit.drawContactPosition(of: member) else { continue }
            try edit.db.run(
                "UPDATE room_members SET position = ? WHERE room = ? AND member = ?", position, id, member)
        }
        try edit.note(.room(forDirectory))
    }

    /// What sending has to know of it.
    var forDirectory: Directory.Room { Directory.Room(id: id, wxid: wxid, members: members) }
}
