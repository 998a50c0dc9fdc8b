import BotKit
import Foundation
import Store

/// A row of the outbox, for machines; beside it the same for people.
struct OutboxLine: Encodable {
    struct AttemptLine: Encodable {
        var attempt: Int
        var time: Date
        var outcome: String
        var reason: String
    }

    var id: Int64
    var account: String
    var chat: String
    var kind: String
    var text: String
    var state: String
    var attempts: Int
    var reason: String
    var due: Date
    var rule: String
    var priority: String
    var expires: Date
    /// What it answers: a place in the journal; 0 if nothing.
    var event: Int64
    /// Whether it may have been delivered although it failed.
    var doubtful: Bool
    /// When the limits let it leave; not there where it does not wait, or they are not known.
    var free: Date?
    /// When it ended; not there before.
    var settled: Date?
    /// The newest attempts that did not end well; not there where nobody asked.
    var history: [AttemptLine]?

    init(_ row: OutboxRow, attempts history: [Attempt]? = nil, free: Timestamp? = nil) {
        (id, account, chat, kind) = (row.number, row.account.rawValue, row.chat.rawValue, row.kind)
        (text, state, attempts, reason) = (row.text, row.state, row.attempts, row.reason)
        (due, rule, priority) = (Date(row.due), row.rule, row.priority.name)
        (expires, event, doubtful) = (Date(row.expires), row.event, row.isDoubtful)
        settled = row.settled.map { Date($0) }
        self.free = free.map { Date($0) }
        self.history = history?.map {
            AttemptLine(attempt: $0.number, time: Date($0.time), outcome: $0.outcome, reason: $0.reason)
        }
    }

    static func text(_ row: OutboxRow) -> String {
        let reason = row.reason.isEmpty ? "" : " (\(row.reason))"
        let text = row.text.count > 60 ? row.text.prefix(60) + "…" : row.text[...]
        return "\(row.number) \(row.state)\(reason) to \(chat(row)): \(text.replacing("\n", with: " "))"
    }

    static func details(_ row: OutboxRow, _ attempts: [Attempt], free: Timestamp?) -> String {
        var lines = ["\(row.number) \(row.state)\(row.reason.isEmpty ? "" : ": \(row.reason)")"]
        lines.append("  \(row.kind) to \(chat(row)), account \(row.account), priority \(row.priority.name)")
        lines.append("  by \(row.rule.isEmpty ? "you" : "rule \(row.rule)")\(event(row))")
        if row.isDoubtful { lines.append("  it may have been delivered all the same") }
        if let settled = row.settled {
            lines.append("  ended \(clock(settled))")
        } else {
            lines.append("  not before \(clock(row.due)), not after \(clock(row.expires))")
        }
        if let free { lines.append("  the limits let one like it leave at \(clock(free))") }
        lines += row.text.split(separator: "\n", omittingEmptySubsequences: false).map { "  | \($0)" }
        lines.append("  \(row.attempts) attempt\(row.attempts == 1 ? "" : "s")")
        lines += attempts.map { attempt in
            let reason = attempt.reason.isEmpty ? "" : ": \(attempt.reason)"
            return "  \(attempt.number). \(clock(attempt.time)) \(attempt.outcome)\(reason)"
        }
        return lines.joined(separator: "\n")
    }

    private static func chat(_ row: OutboxRow) -> String {
        row.chatName.isEmpty ? row.chat.rawValue : row.chatName
    }

    private static func event(_ row: OutboxRow) -> String {
        row.event == 0 ? "" : ", because of number \(row.event) in the journal (`conure trace \(row.event)`)"
    }

    private static func clock(_ time: Timestamp) -> String { Date(time).formatted(.iso8601) }
}
