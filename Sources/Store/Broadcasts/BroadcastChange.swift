package import BotKit
import DurableSQLite
import GRDB

/// What becomes of a broadcast by somebody's word.
package enum BroadcastChange: Hashable, Sendable {
    /// It may begin.
    case approve
    /// Nothing leaves for now, and why.
    case pause(reason: String)
    /// The same by the bot's own decision, of which its owner hears.
    case hold(reason: String, alert: String)
    /// It goes on.
    case resume
    /// Nothing more leaves of it, for good.
    case cancel
    /// The same, since its time is over.
    case expire
    /// Everybody has it, or never will; and what is told about that, where there is somebody to tell.
    case finish(report: String)
}

extension Store {
    /// Changes a broadcast. What is in the outbox and has not been tried comes back, unless it goes on. Works beside a
    /// running bot, which notices.
    ///
    /// - Returns: why that cannot be; nil if it is done.
    package func change(
        _ change: BroadcastChange, _ number: Int64, of account: AccountID, now: Timestamp
    ) async throws -> String? {
        try await database.write { db in
            guard let broadcast = try StoredBroadcast.numbered(number, of: account, in: db) else {
                return "there is no broadcast \(number)"
            }
            if let refusal = broadcast.refusal(of: change) { return refusal }
            let desk = BroadcastDesk(broadcast: broadcast, now: now, db: db)
            try desk.perform(change)
            return nil
        }
    }
}

extension StoredBroadcast {
    fileprivate func refusal(of change: BroadcastChange) -> String? {
        if state.hasEnded { return "it is \(state.rawValue) already" }
        switch change {
        case .approve:
            if state == .gathering { return "its recipients are still being put down" }
            return state == .approval ? nil : "it waits for no approval"
        case .pause, .hold: return isPaused ? "it is paused already" : nil
        case .resume: return isPaused ? nil : "it is not paused"
        case .cancel, .expire, .finish: return nil
        }
    }
}

/// Where a broadcast is changed, within a transaction.
private struct BroadcastDesk {
    let broadcast: StoredBroadcast
    let now: Timestamp
    let db: Database

    func perform(_ change: BroadcastChange) throws {
        switch change {
        case .approve: try set("state = 'sending'")
        case .pause(let reason):
            try withdraw()
            try set("paused = 1, reason = ?", [reason])
        case .hold(let reason, let alert):
            try perform(.pause(reason: reason))
            try Store.record(.alert, alert, of: broadcast.account, now: now, in: db)
        case .resume: try set("paused = 0, reason = '', tried = 0, erred = 0")
        case .cancel: try end(as: .cancelled)
        case .expire: try end(as: .expired)
        case .finish(let report):
            try end(as: .done)
            try tell(report)
        }
    }

    private func set(_ changes: String, _ arguments: [any Bindable] = []) throws {
        _ = try db.all(
            "UPDATE broadcast SET \(changes) WHERE account = ? AND number = ?",
            arguments: arguments + [broadcast.account.rawValue, broadcast.number]
        ) { _ in }
    }

    private func end(as state: BroadcastState) throws {
        try withdraw()
        try set("state = ?, ended = ?, paused = 0", [state.rawValue, now.microseconds])
    }

    /// Takes back what has not been tried: its recipients wait as before.
    private func withdraw() throws {
        let rows = try db.all(
            """
            SELECT number, chat FROM outbox INDEXED BY outbox_by_broadcast
            WHERE account = ? AND broadcast = ? AND broadcast <> 0 AND settled IS NULL AND state = 'waiting'
            """, broadcast.account.rawValue, broadcast.number
        ) { (number: $0.integer(0), chat: $0.text(1)) }
        for row in rows {
            try Recipient(id: row.chat, of: broadcast.number, broadcast.account, in: db).takeBack(
                row: row.number)
            try Lane(row.chat, Effect.Way.network.rawValue, of: broadcast.account, in: db).wakeIfIdle(
                now: now)
        }
    }

    private func tell(_ report: String) throws {
        let chat = broadcast.order.report
        guard chat != .none, !report.isEmpty else { return }
        let (account, number) = (broadcast.account, try Store.nextOutgoing(of: broadcast.account, in: db))
        _ = try Store.enqueue(
            .send(.text(report)), in: (chat, Store.kind(of: chat, account, in: db)),
            from: Store.Origin(event: broadcast.event, rule: broadcast.order.rule), as: number, account,
            SendTerms(lifetime: .seconds(86_400)), now: now, in: db)
        try Store.take(number..<number + 1, of: account, in: db)
    }
}
