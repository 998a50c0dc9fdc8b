import DurableSQLite
import GRDB
import MicroChatWire

/// People nearby who say the same four digits within some minutes, and so get into the same room
/// (MicroChat wire protocol, section 14.8).
struct Gathering {
    /// A gathering that nobody has come to for so long is over.
    static let patience: Int64 = 300
    /// About two kilometres, in degrees.
    private static let nearby: Double = 0.02

    let id: Int64
    /// The room, once somebody has entered.
    private(set) var room: Int64?

    /// The gathering that a request is about, made if it is the first. The account waits in it from now on.
    init(_ request: Microchat_NearbyRoomRequest, of uin: Int32, _ edit: inout Edit) throws {
        let (longitude, latitude) = (Double(request.longitude), Double(request.latitude))
        guard request.code.utf8.count == 4, request.code.utf8.allSatisfy({ (48...57).contains($0) }),
            abs(longitude) <= 180, abs(latitude) <= 90
        else { throw Refusal(.badArgument) }
        let rows = try edit.db.rows(
            """
            SELECT id, room FROM gatherings WHERE code = ? AND touched_at > ?
            AND abs(longitude - ?) <= ? AND abs(latitude - ?) <= ? ORDER BY id LIMIT 1
            """, request.code, edit.now - Self.patience, longitude, Self.nearby, latitude, Self.nearby)
        if let row = try rows.next() {
            id = row[0]
            room = row[1]
            try edit.db.run("UPDATE gatherings SET touched_at = ? WHERE id = ?", edit.now, id)
        } else {
            try edit.db.run(
                "INSERT INTO gatherings(code, longitude, latitude, touched_at) VALUES (?, ?, ?, ?)",
                request.code, longitude, latitude, edit.now)
            id = edit.db.lastInsertedRowID
        }
        try edit.db.run("INSERT OR IGNORE INTO gathered(gathering, uin) VALUES (?, ?)", id, uin)
    }

    /// Who is there.
    func people(_ edit: Edit) throws -> [Directory.Account] {
        try edit.db.all(
            "SELECT uin FROM gathered WHERE gathering = ? ORDER BY uin", id, limit: Room.maximumMembers
        ) { Int32(truncatingIfNeeded: $0.integer(0)) }.compactMap { edit.directory.account($0) }
    }

    /// Gets an account into the room, which is its own if nobody has entered yet.
    mutating func enter(_ uin: Int32, _ edit: inout Edit) throws -> Room {
        var entered: Room
        if let room, let present = try Room(id: room, edit.db) {
            entered = present
        } else {
            entered = try Room(topic: "", owner: uin, &edit)
            room = entered.id
            try edit.db.run("UPDATE gatherings SET room = ? WHERE id = ?", entered.id, id)
        }
        guard entered.members.count < Room.maximumMembers || entered.members.contains(uin) else {
            throw Refusal(.badArgument)
        }
        try entered.join(uin, invitedBy: entered.owner, &edit)
        try entered.publish(&edit)
        return entered
    }
}
