import BotKit
import DurableSQLite
import GRDB

extension Store {
    /// A message of the account's own has been seen on its network: whatever became of the attempts, it was sent.
    ///
    /// - Returns: whether a run waited for it.
    ///
    /// A client id ends in the row's number, so nothing has to be searched for.
    static func confirm(
        _ sent: SentMessage, of account: AccountID, now: Timestamp, in db: Database
    ) throws -> Bool {
        var hasWoken = false
        let last = try nextOutgoing(of: account, in: db)
        for number in stride(from: Int64(sent.clientID.number), to: last, by: 1 << 32) {
            let found = try db.all(
                """
                SELECT chat, way, settled IS NULL FROM outbox
                WHERE account = ? AND number = ? AND client_seconds = ? AND state <> 'sent'
                    AND (settled IS NULL OR doubtful = 1)
                """, account.rawValue, number, Int64(sent.clientID.seconds)
            ) { (chat: $0.text(0), way: $0.text(1), isOpen: $0.bool(2)) }
            guard let row = found.first else { continue }
            let woke = try end(
                number, account, as: "sent", receipt: Receipt(serverID: sent.serverID), now: now, in: db)
            hasWoken = hasWoken || woke
            if row.isOpen { try Lane(row.chat, row.way, of: account, in: db).wake(now: now) }
        }
        return hasWoken
    }
}
