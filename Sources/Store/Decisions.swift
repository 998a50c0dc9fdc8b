package import BotKit
import DurableSQLite
import GRDB

/// A decision about one event of the journal.
package struct Decided: Sendable {
    /// The event's place in the journal.
    package var number: Int64
    /// Where it happened.
    package var chat: ChatID
    /// Whether that chat has two people or many.
    package var chatKind: ChatKind
    /// What was decided.
    package var decision: Decision

    package init(_ pending: PendingEvent, _ decision: Decision) {
        number = pending.number
        chat = pending.event.chat
        chatKind = pending.event.chatKind
        self.decision = decision
    }
}

extension Store {
    /// Commits decisions with their events' done marks: all that follows from them, or nothing.
    ///
    /// - Parameter lifetime: how long an answer that could not leave stays worth sending.
    /// - Returns: how many rows were put into the outbox.
    package func commit(
        _ decisions: [Decided], of account: AccountID, lifetime: Duration, now: Timestamp
    ) async throws -> Int {
        try await database.write { db in
            let first = try Self.nextOutgoing(of: account, in: db)
            var next = first
            for decided in decisions {
                // The mark goes first: an event that somebody else has decided meanwhile is left alone.
                try db.run(
                    """
                    UPDATE event SET decided = ?, trace = ?
                    WHERE account = ? AND number = ? AND decided IS NULL
                    """,
                    now.microseconds, decided.decision.trace.text, account.rawValue, decided.number)
                guard db.changesCount > 0 else { continue }
                for (name, index) in decided.decision.picks {
                    try db.run(
                        "INSERT OR REPLACE INTO pick (account, chat, name, picked) VALUES (?, ?, ?, ?)",
                        account.rawValue, decided.chat.rawValue, name, index)
                }
                for case .perform(let effect, let chat, let rule) in decided.decision.actions {
                    let kind =
                        chat == decided.chat
                        ? decided.chatKind : try Self.kind(of: chat, account, in: db)
                    try Self.enqueue(
                        effect, in: (chat, kind), from: Origin(event: decided.number, rule: rule), as: next,
                        account, now: now, expires: now + lifetime, in: db)
                    next += 1
                }
            }
            try Self.take(first..<next, of: account, in: db)
            return Int(next - first)
        }
    }

    /// Which of each list of texts this chat got last, by the list's name.
    package func picks(of account: AccountID, in chat: ChatID) async throws -> [String: Int] {
        try await database.read { db in
            let rows = try db.rows(
                "SELECT name, picked FROM pick WHERE account = ? AND chat = ?", account.rawValue,
                chat.rawValue)
            var picks: [String: Int] = [:]
            while let row = try rows.next() { picks[row[0]] = row[1] }
            return picks
        }
    }
}

extension [TraceLine] {
    /// One line a check, tab-separated: rule, check, verdict, value seen.
    fileprivate var text: String {
        map { line in
            "\(line.rule)\t\(line.check)\t\(line.verdict.rawValue)\t\(line.seen.onOneLine)"
        }.joined(separator: "\n")
    }
}

extension String {
    /// The text with its tabs and line ends as spaces; itself if it has none.
    fileprivate var onOneLine: String {
        guard utf8.contains(where: { $0 < 0x20 }) else { return self }
        return String(map { $0.isNewline || $0 == "\t" ? " " : $0 })
    }
}
