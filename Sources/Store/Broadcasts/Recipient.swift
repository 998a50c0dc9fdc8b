import BotKit
import DurableSQLite
import GRDB

/// Somebody whom a broadcast goes to, within a transaction.
struct Recipient {
    enum State: Int64 {
        case waiting, queued, sent, failed, leftOut

        /// The broadcast's column that counts them; those who wait are the rest.
        var column: String? {
            switch self {
            case .waiting: nil
            case .queued: "queued"
            case .sent: "sent"
            case .failed: "failed"
            case .leftOut: "left_out"
            }
        }
    }

    static let refused = "they do not want it, or are not to get it, any more"

    private let id: String
    private let broadcast: Int64
    private let account: String
    private let db: Database

    init(id: String, of broadcast: Int64, _ account: AccountID, in db: Database) {
        (self.id, self.broadcast, self.account, self.db) = (id, broadcast, account.rawValue, db)
    }

    /// Notes what has become of the message for them, there and in the broadcast's counts.
    func become(_ state: State, reason: String = "") throws {
        let found: Int64? = try db.value(
            "SELECT state FROM recipient WHERE account = ? AND broadcast = ? AND id = ?", account, broadcast,
            id)
        guard let before = found.flatMap(State.init), before != state else { return }
        try db.run(
            "UPDATE recipient SET state = ?, reason = ? WHERE account = ? AND broadcast = ? AND id = ?",
            state.rawValue, reason, account, broadcast, id)
        var changes: [String] = []
        if let column = before.column { changes.append("\(column) = \(column) - 1") }
        if let column = state.column { changes.append("\(column) = \(column) + 1") }
        // What was refused before it left says nothing about how the others will fare.
        if state == .sent || state == .failed { changes.append("tried = tried + 1") }
        if state == .failed { changes.append("erred = erred + 1") }
        try db.run(
            "UPDATE broadcast SET \(changes.joined(separator: ", ")) WHERE account = ? AND number = ?",
            account, broadcast)
    }

    /// Takes back the message for them, which has had no effect: they wait as before.
    func takeBack(row number: Int64) throws {
        try db.run("DELETE FROM outbox WHERE account = ? AND number = ?", account, number)
        try db.run("DELETE FROM attempt WHERE account = ? AND number = ?", account, number)
        try become(.waiting)
    }

    /// Notes that a row of the outbox has ended, if it is part of a broadcast.
    static func ended(
        _ chat: String, of broadcast: Int64, _ account: AccountID, as state: String, reason: String,
        in db: Database
    ) throws {
        guard broadcast != 0 else { return }
        let become: State = state == "sent" ? .sent : state == "failed" ? .failed : .leftOut
        try Recipient(id: chat, of: broadcast, account, in: db).become(become, reason: reason)
    }
}
