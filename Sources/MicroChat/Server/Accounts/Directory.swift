import DurableSQLite
import FoundationEssentials
import GRDB

/// Every account and friendship, as of one instant. Read once and shared: no send asks the database who is who.
struct Directory: Sendable {
    /// An account.
    struct Account: Sendable {
        let uin: Int32
        let name: String
        let wxid: String
        let nick: String
        let password: PasswordHash
    }

    /// How somebody stands in another's list.
    enum Standing: Sendable { case friend, blocked }

    private(set) var accounts: [Int32: Account] = [:]
    private var uins: [String: Int32] = [:]
    private var standings: [Pair: Standing] = [:]

    private struct Pair: Hashable {
        let owner: Int32
        let contact: Int32
    }

    /// The account with a login name or wxid.
    func account(forLogin name: String) -> Account? {
        uins["name:" + name].flatMap { accounts[$0] } ?? account(wxid: name)
    }

    /// The account with a wxid, or the v1 name that may stand in for it.
    func account(wxid: String) -> Account? { uins[wxid].flatMap { accounts[$0] } }

    /// How `contact` stands in the list of `owner`; nil if it is not there.
    func standing(of contact: Int32, inListOf owner: Int32) -> Standing? {
        standings[Pair(owner: owner, contact: contact)]
    }

    init(_ db: Database) throws {
        let rows = try db.rows(
            "SELECT uin, name, wxid, v1, nick, salt, password FROM accounts WHERE removed_at IS NULL")
        while let row = try rows.next() {
            let uin: Int32 = row[0]
            let salt: Data = row[5]
            let hash: Data = row[6]
            let account = Account(
                uin: uin, name: row[1], wxid: row[2], nick: row[4],
                password: PasswordHash(salt: Array(salt), hash: Array(hash)))
            accounts[uin] = account
            uins["name:" + account.name] = uin
            uins[account.wxid] = uin
            uins[row[3]] = uin
        }
        let contacts = try db.rows("SELECT owner, contact, is_blocked FROM contacts WHERE NOT is_removed")
        while let row = try contacts.next() {
            standings[Pair(owner: row[0], contact: row[1])] = row[2] ? .blocked : .friend
        }
    }
}
