import BotKit
import Foundation
import Store

/// A broadcast for people and as JSON.
struct BroadcastLine: Encodable {
    var id: Int64
    var account: String
    var rule: String
    /// `gathering`, `approval`, `sending`, `paused`, `done`, `cancelled`, `expired`.
    var state: String
    var reason: String
    var approver: String
    var began: Date
    var ended: Date?
    /// When it will be done if nothing else leaves.
    var done: Date?
    var total: Int
    var waiting: Int
    var queued: Int
    var sent: Int
    var failed: Int
    var leftOut: Int

    enum CodingKeys: String, CodingKey {
        case id, account, rule, state, reason, approver, began, ended, done, total, waiting, queued, sent,
            failed
        case leftOut = "left_out"
    }

    init(_ broadcast: StoredBroadcast) {
        id = broadcast.number
        account = broadcast.account.rawValue
        rule = broadcast.order.rule
        state = broadcast.isPaused ? "paused" : broadcast.state.rawValue
        reason = broadcast.reason
        approver = broadcast.order.approver
        began = Date(broadcast.began)
        ended = broadcast.ended.map { Date($0) }
        total = broadcast.counts.total
        waiting = broadcast.counts.waiting
        queued = broadcast.counts.queued
        sent = broadcast.counts.sent
        failed = broadcast.counts.failed
        leftOut = broadcast.counts.leftOut
    }

    private var finished: Int { sent + failed + leftOut }
    private var percent: Int { total == 0 ? 100 : finished * 100 / total }

    private var standing: String {
        switch state {
        case "approval": "waits for \(approver)"
        case "paused": "paused: \(reason)"
        default: state
        }
    }

    var text: String { "\(id): \(rule), \(standing), \(finished) of \(total)" }

    /// One line for a terminal.
    var bar: String {
        let full = percent * 30 / 100
        let bar = String(repeating: "█", count: full) + String(repeating: "░", count: 30 - full)
        let end = done.map { ", done about \($0.formatted(.iso8601))" } ?? ""
        return "\(bar) \(percent)%  \(finished) of \(total)  \(standing)\(end)"
    }

    var details: String {
        var lines = [
            text, "  began \(began.formatted(.iso8601))",
            "  sent \(sent), failed \(failed), left out \(leftOut), in the outbox \(queued), still to come \(waiting)",
        ]
        if let ended { lines.append("  ended \(ended.formatted(.iso8601))") }
        if let done { lines.append("  done about \(done.formatted(.iso8601)) if nothing else leaves") }
        return lines.joined(separator: "\n")
    }
}
