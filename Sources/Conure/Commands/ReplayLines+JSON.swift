import BotKit
import Engine
import Foundation
import Store

extension ReplayLines {
    /// Prints an object a line: each listed difference, each rule, each chat, and the total.
    func printJSON() throws {
        for found in report.listed { print(try JSONLine.text(DifferenceLine(found, self))) }
        for (id, tally) in rules {
            var line = CountLine("rule", account, tally)
            line.rule = id
            print(try JSONLine.text(line))
        }
        for (id, name, tally) in chats {
            var line = CountLine("chat", account, tally)
            (line.chat, line.name) = (id.rawValue, name)
            print(try JSONLine.text(line))
        }
        print(try JSONLine.text(CountLine(total: self)))
    }
}

private struct DifferenceLine: Encodable {
    struct Change: Encodable {
        var change: String
        var rule: String
        var chat: String
        var chatName: String
        var before: Said?
        var after: Said?
        var reason: String?

        enum CodingKeys: String, CodingKey {
            case change, rule, chat, before, after, reason
            case chatName = "chat_name"
        }
    }

    struct Said: Encodable {
        var kind: String
        var text: String

        init(_ departure: Departure) { (kind, text) = (departure.kind, departure.words) }
    }

    var type = "difference"
    var account: String
    var event: Int64
    var message: String
    var time: Date
    var chat: String
    var chatName: String
    var sender: String
    var senderName: String
    var kind: String
    var text: String
    var changes: [Change]

    enum CodingKeys: String, CodingKey {
        case type, account, event, message, time, chat, sender, kind, text, changes
        case chatName = "chat_name"
        case senderName = "sender_name"
    }

    init(_ found: DifferingEvent, _ lines: ReplayLines) {
        account = lines.account.rawValue
        (event, message) = (found.number, found.event.id.rawValue)
        (time, kind, text) = (Date(found.time), found.event.body.kind, found.said)
        (chat, chatName) = (found.event.chat.rawValue, found.chatName)
        (sender, senderName) = (found.sender, found.senderName)
        changes = found.differences.map { difference in
            Change(
                change: difference.kind.rawValue, rule: difference.rule, chat: difference.chat.rawValue,
                chatName: lines.report.chatNames[difference.chat] ?? difference.chat.rawValue,
                before: difference.before.map(Said.init), after: difference.after.map(Said.init),
                reason: difference.reason.isEmpty ? nil : difference.reason)
        }
    }
}

private struct CountLine: Encodable {
    var type: String
    var account: String
    var rule: String?
    var chat: String?
    var name: String?
    var before: Int
    var after: Int
    var same: Int
    var different: Int
    var new: Int
    var gone: Int
    // The rest is the total's.
    var since: Date?
    var events: Int?
    var undecided: Int?
    var afterWaits: Int?
    var unreadable: Int?
    var cut: Int?
    var unknownVariables: Int?
    var differingEvents: Int?
    var listed: Int?

    enum CodingKeys: String, CodingKey {
        case type, account, rule, chat, name, before, after, same, different, new, gone, since, events,
            undecided, unreadable, cut, listed
        case afterWaits = "after_waits"
        case unknownVariables = "unknown_variables"
        case differingEvents = "differing_events"
    }

    init(_ type: String, _ account: AccountID, _ tally: ReplayTally) {
        self.type = type
        self.account = account.rawValue
        (before, after, same) = (tally.before, tally.after, tally.same)
        (different, new, gone) = (tally.different, tally.new, tally.gone)
    }

    init(total lines: ReplayLines) {
        let report = lines.report
        self.init("total", lines.account, report.total)
        (since, events, undecided) = (Date(lines.since), report.events, report.undecided)
        afterWaits = report.afterWaits
        (unreadable, cut, unknownVariables) = (report.unreadable, report.cut, report.unknownVariables)
        (differingEvents, listed) = (report.differingEvents, report.listed.count)
    }
}
