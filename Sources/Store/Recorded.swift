package import BotKit
import DurableSQLite
import GRDB

/// An event of the journal with what was decided about it.
package struct RecordedEvent: Sendable {
    package var account: AccountID
    package var number: Int64
    package var event: Event
    /// When it was decided; nil while it is not.
    package var decided: Timestamp?
    package var trace: [TraceLine]
    /// What it put into the outbox.
    package var outgoing: [OutboxRow]
    /// What runs that it started did later, after waits.
    package var later: [TraceLine] = []
}

extension Store {
    /// Looks at what rules remember, as it is now, without changing anything.
    package func look<Value: Sendable>(
        at account: AccountID, now: Timestamp,
        _ body: @escaping @Sendable (StoredState) throws -> Value
    ) async throws -> Value {
        try await database.read { db in try body(StoredState(account, in: db, now: now)) }
    }

    /// An event by its place in the journal, or by what its network calls it; nil if there is none.
    package func recordedEvent(_ name: String, of account: AccountID) async throws -> RecordedEvent? {
        let found = try await database.read { db in
            try db.all(
                """
                SELECT number, id, chat, chat_kind, time, sender, own, kind, text, mentions, decided, trace
                FROM event WHERE account = ? AND (id = ? OR number = ?) ORDER BY id = ? DESC LIMIT 1
                """, account.rawValue, name, Int64(name) ?? -1, name
            ) { row in
                RecordedEvent(
                    account: account, number: row.integer(0),
                    event: Event(
                        id: EventID(row.text(1)), chat: ChatID(row.text(2)),
                        chatKind: ChatKind(rawValue: row.text(3)) ?? .private,
                        time: Timestamp(microseconds: row.integer(4)),
                        body: Event.Body(
                            sender: PersonID(row.text(5)), isOwn: row.bool(6), kind: row.text(7),
                            text: row.text(8), mentions: row.text(9))),
                    decided: row.isNull(10) ? nil : Timestamp(microseconds: row.integer(10)),
                    trace: row.isNull(11) ? [] : [TraceLine](text: row.text(11)), outgoing: [])
            }.first
        }
        guard var found else { return nil }
        let id = found.event.id.rawValue
        found.later = try await database.read { db in
            // Ids of what wakes a run begin with the run's, which begins with the event's. A slash comes before a zero.
            let traces = try db.all(
                "SELECT number, trace FROM event WHERE account = ? AND id > ? AND id < ? AND trace IS NOT NULL",
                account.rawValue, "wake:\(id)/", "wake:\(id)0"
            ) { ($0.integer(0), [TraceLine](text: $0.text(1))) }
            return traces.sorted { $0.0 < $1.0 }.flatMap(\.1).filter { !$0.rule.isEmpty }
        }
        found.outgoing = try await outbox(ofEvent: found.number, account)
        return found
    }
}

extension [TraceLine] {
    /// One line a check, tab-separated: rule, check, verdict, value seen.
    var text: String {
        map { line in
            "\(line.rule)\t\(line.check)\t\(line.verdict.rawValue)\t\(line.seen.onOneLine)"
        }.joined(separator: "\n")
    }

    /// Reads the same.
    init(text: String) {
        self = text.split(separator: "\n").compactMap { line in
            let parts = line.split(separator: "\t", maxSplits: 3, omittingEmptySubsequences: false)
            guard parts.count == 4, let verdict = TraceLine.Verdict(rawValue: String(parts[2])) else {
                return nil
            }
            return TraceLine(
                rule: String(parts[0]), check: String(parts[1]), seen: String(parts[3]), verdict: verdict)
        }
    }
}

extension String {
    /// The text with its tabs and line ends as spaces; itself if it has none.
    fileprivate var onOneLine: String {
        guard utf8.contains(where: { $0 < 0x20 }) else { return self }
        return String(map { $0.isNewline || $0 == "\t" ? " " : $0 })
    }
}
