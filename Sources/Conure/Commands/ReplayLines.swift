import BotKit
import Engine
import Foundation
import Store

/// What a replay has shown, for people and as JSON.
struct ReplayLines {
    private let report: ReplayReport
    private let account: AccountID
    private let since: Timestamp

    init(_ report: ReplayReport, of account: AccountID, since: Timestamp) {
        self.report = report
        self.account = account
        self.since = since
    }

    /// The rules with something to say, most differences first.
    private var rules: [(id: String, tally: Tally)] {
        report.rules.map { ($0.key, $0.value) }.sorted {
            ($1.tally.differences, $0.id) < ($0.tally.differences, $1.id)
        }
    }

    private var chats: [(id: ChatID, name: String, tally: Tally)] {
        report.chats.map { ($0.key, report.chatNames[$0.key] ?? $0.key.rawValue, $0.value) }
            .sorted { ($1.tally.differences, $0.id) < ($0.tally.differences, $1.id) }
    }

    // MARK: For people

    /// Chats that are listed at most.
    private static let mostChats = 20

    func text(timezone: String) -> String {
        let clock = DateFormatter()
        clock.locale = Locale(identifier: "en_US_POSIX")
        clock.calendar = Calendar(identifier: .gregorian)
        clock.timeZone = TimeZone(identifier: timezone) ?? .gmt
        clock.dateFormat = "yyyy-MM-dd HH:mm:ss"
        let start = clock.string(from: Date(since))
        guard report.events > 0 else { return "nothing has come in since \(start)" }
        var lines = ["\(counted(report.events, "event")) since \(start): \(report.total.words)"]
        if report.undecided > 0 { lines.append("\(report.undecided) not decided yet, and not compared") }
        if report.unreadable > 0 {
            lines.append("\(counted(report.unreadable, "damaged row")) of the journal left out")
        }
        if report.cut > 0 {
            lines.append(
                "\(counted(report.cut, "event")) about which rules emit others without end, cut short")
        }
        if report.unknownVariables > 0 {
            lines.append(
                "\(counted(report.unknownVariables, "variable")) that rules changed in this time began it as if never set: what they were is not in the record"
            )
        }
        lines.append("names, friends and tags are taken as they are today")
        if !rules.isEmpty {
            lines += ["", "rules:"] + rules.map { "  \($0.id): \($0.tally.words)" }
        }
        let differing = chats.filter { $0.tally.differences > 0 }
        if !differing.isEmpty {
            lines += ["", "chats:"]
            lines += differing.prefix(Self.mostChats).map { "  \(place($0.name, $0.id)): \($0.tally.words)" }
            if differing.count > Self.mostChats {
                lines.append(
                    "  and \(counted(differing.count - Self.mostChats, "more chat")): --json lists all")
            }
        }
        for event in report.listed { lines += [""] + text(event, clock) }
        let rest = report.differingEvents - report.listed.count
        if rest > 0 {
            lines += [
                "",
                "\(counted(rest, "more event")) with differences: --limit \(report.differingEvents) lists all",
            ]
        }
        return lines.joined(separator: "\n")
    }

    private func text(_ found: DifferingEvent, _ clock: DateFormatter) -> [String] {
        let who = found.senderName.isEmpty ? "" : "\(found.senderName): "
        let said = found.said.isEmpty ? found.event.body.kind : short(found.said)
        let chat = found.event.chat == .none ? "" : "  \(found.chatName)"
        return ["\(clock.string(from: Date(found.time)))\(chat)  \(who)\(said)  (\(found.number))"]
            + found.differences.map { difference in
                let place =
                    difference.chat == found.event.chat
                    ? "" : " to \(report.chatNames[difference.chat] ?? difference.chat.rawValue)"
                let was = difference.before.map(shown) ?? "nothing"
                let would = difference.after.map(shown) ?? "nothing"
                let why = difference.reason.isEmpty ? "" : "  (\(short(difference.reason)))"
                return "  \(difference.kind.rawValue), \(difference.rule)\(place): \(was) → \(would)\(why)"
            }
    }

    private func place(_ name: String, _ chat: ChatID) -> String {
        name == chat.rawValue ? name : "\(name) (\(chat))"
    }

    private func shown(_ departure: Departure) -> String {
        let text = short(departure.words)
        if departure.kind == "text" { return "\"\(text)\"" }
        return text.isEmpty ? departure.kind : "\(departure.kind) \"\(text)\""
    }

    private func short(_ text: String) -> String {
        let line = text.replacing("\n", with: " ")
        return line.count > 200 ? line.prefix(200) + "…" : line
    }

    // MARK: JSON

    private struct DifferenceLine: Encodable {
        struct Change: Encodable {
            var change: String
            var rule: String
            var chat: String
            var chat_name: String
            var before: Said?
            var after: Said?
            var reason: String?
        }

        struct Said: Encodable {
            var kind: String
            var text: String
        }

        var type = "difference"
        var account: String
        var event: Int64
        var message: String
        var time: Date
        var chat: String
        var chat_name: String
        var sender: String
        var sender_name: String
        var kind: String
        var text: String
        var changes: [Change]
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
        var unreadable: Int?
        var cut: Int?
        var unknown_variables: Int?
        var differing_events: Int?
        var listed: Int?

        init(_ type: String, _ account: AccountID, _ tally: Tally) {
            self.type = type
            self.account = account.rawValue
            (before, after, same) = (tally.before, tally.after, tally.same)
            (different, new, gone) = (tally.different, tally.new, tally.gone)
        }
    }

    func printJSON() throws {
        for found in report.listed { print(try JSONLine.text(line(found))) }
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
        var total = CountLine("total", account, report.total)
        (total.since, total.events, total.undecided) = (Date(since), report.events, report.undecided)
        (total.unreadable, total.cut) = (report.unreadable, report.cut)
        total.unknown_variables = report.unknownVariables
        (total.differing_events, total.listed) = (report.differingEvents, report.listed.count)
        print(try JSONLine.text(total))
    }

    private func line(_ found: DifferingEvent) -> DifferenceLine {
        func said(_ departure: Departure) -> DifferenceLine.Said {
            DifferenceLine.Said(kind: departure.kind, text: departure.words)
        }
        return DifferenceLine(
            account: account.rawValue, event: found.number, message: found.event.id.rawValue,
            time: Date(found.time), chat: found.event.chat.rawValue, chat_name: found.chatName,
            sender: found.sender, sender_name: found.senderName, kind: found.event.body.kind,
            text: found.said,
            changes: found.differences.map { difference in
                DifferenceLine.Change(
                    change: difference.kind.rawValue, rule: difference.rule, chat: difference.chat.rawValue,
                    chat_name: report.chatNames[difference.chat] ?? difference.chat.rawValue,
                    before: difference.before.map(said), after: difference.after.map(said),
                    reason: difference.reason.isEmpty ? nil : difference.reason)
            })
    }
}

extension DifferingEvent {
    /// What was written, where something was.
    fileprivate var said: String {
        switch event.body {
        case .message(let message): message.content.words
        case .friendRequest(let request): request.greeting
        case .webhook(let call): call.path
        case .bot(let moment): moment.rawValue
        default: ""
        }
    }
}

extension Departure {
    /// What people see of it.
    fileprivate var words: String {
        switch effect {
        case .send(let content, _): content.words
        case .acceptFriend(let request), .declineFriend(let request):
            request.name.isEmpty ? request.person.rawValue : request.name
        case .invite(let people): people.map(\.rawValue).joined(separator: " ")
        default: text
        }
    }
}

extension Content {
    fileprivate var words: String {
        switch self {
        case .text(let text), .system(let text): text
        case .link(let link): link.title
        case .card(let card): card.name
        case .file(let file): file.name
        case .emoji, .image, .voice, .video, .unsupported: ""
        }
    }
}

extension Tally {
    /// The counts in words.
    fileprivate var words: String {
        let parts = [(different, "different"), (new, "new"), (gone, "gone")].filter { $0.0 > 0 }
        let changes =
            parts.isEmpty ? "no difference" : parts.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
        return "\(counted(before, "answer")) before, \(after) now: \(same) the same, \(changes)"
    }
}

private func counted(_ count: Int, _ what: String) -> String { "\(count) \(what)\(count == 1 ? "" : "s")" }
