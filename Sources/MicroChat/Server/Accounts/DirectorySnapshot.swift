import DurableSQLite
import FoundationEssentials
import GRDB

/// Who was who when it was read.
struct DirectorySnapshot: Sendable {
    /// Where the log was. A change at a later position is not in here yet.
    let position: Int64
    private(set) var accounts: [Int32: Directory.Account] = [:]
    private(set) var standings: [Pair: Directory.Standing] = [:]
    private(set) var rooms: [String: Directory.Room] = [:]
    private var uins: [String: Int32] = [:]

    struct Pair: Hashable, Sendable {
        let owner: Int32
        let contact: Int32
    }

    /// The account with a wxid or v1 name, or under `name:` and `mobile:` by those.
    func account(_ key: String) -> Directory.Account? { uins[key].flatMap { accounts[$0] } }

    /// Nobody.
    init() { position = 0 }

    init(_ db: Database) throws {
        position = try db.value("SELECT position FROM sequence") ?? 0
        let rows = try db.rows("\(Directory.Account.selection) WHERE removed_at IS NULL")
        while let row = try rows.next() { put(Directory.Account(row)) }
        let contacts = try db.rows(
            "SELECT owner, contact, is_removed, is_blocked FROM contacts WHERE NOT is_removed OR is_blocked")
        while let row = try contacts.next() {
            standings[Pair(owner: row[0], contact: row[1])] = .init(isRemoved: row[2], isBlocked: row[3])
        }
        var members: [Int64: [Int32]] = [:]
        let memberRows = try db.rows(
            "SELECT room, member FROM room_members WHERE NOT is_gone ORDER BY room, place")
        while let row = try memberRows.next() { members[row[0], default: []].append(row[1]) }
        let roomRows = try db.rows("SELECT id, wxid FROM rooms")
        while let row = try roomRows.next() {
            guard let present = members[row[0]] else { continue }
            apply(.room(.init(id: row[0], wxid: row[1], members: present)))
        }
    }

    mutating func apply(_ change: Directory.Change) {
        switch change {
        case .standing(let standing, let contact, let owner):
            standings[Pair(owner: owner, contact: contact)] = standing
        case .account(let account): put(account)
        case .room(let room): rooms[room.wxid] = room.members.isEmpty ? nil : room
        }
    }

    private mutating func put(_ account: Directory.Account) {
        if let old = accounts[account.uin]?.mobile, !old.isEmpty { uins["mobile:" + old] = nil }
        accounts[account.uin] = account
        uins["name:" + account.name] = account.uin
        if !account.mobile.isEmpty { uins["mobile:" + account.mobile] = account.uin }
        uins[account.wxid] = account.uin
        uins[account.v1] = account.uin
    }
}

extension Directory.Account {
    static let selection = """
        SELECT uin, name, wxid, v1, nick, salt, password, mobile, needs_approval, login_check, login_check_url, picture
        FROM accounts
        """

    init(_ row: Row) {
        let salt: Data = row[5]
        let hash: Data = row[6]
        self.init(
            uin: row[0], name: row[1], wxid: row[2], v1: row[3], nick: row[4],
            password: PasswordHash(salt: Array(salt), hash: Array(hash)), mobile: row[7],
            needsApproval: row[8], loginCheck: LoginCheck(kind: row[9], url: row[10]), picture: row[11])
    }
}

extension Directory.Standing {
    init?(isRemoved: Bool, isBlocked: Bool) {
        if isBlocked {
            self = .blocked
        } else if isRemoved {
            return nil
        } else {
            self = .friend
        }
    }
}
