import BotKit
import Engine
import Foundation
import Store

/// What a replay has shown, for people and as JSON.
struct ReplayLines {
    let report: ReplayReport
    let account: AccountID
    let since: Timestamp

    init(_ report: ReplayReport, of account: AccountID, since: Timestamp) {
        self.report = report
        self.account = account
        self.since = since
    }

    /// The rules with something to say, most differences first.
    var rules: [(id: String, tally: ReplayTally)] {
        report.rules.map { ($0.key, $0.value) }.sorted {
            ($1.tally.differences, $0.id) < ($0.tally.differences, $1.id)
        }
    }

    var chats: [(id: ChatID, name: String, tally: ReplayTally)] {
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
        if report.afterWaits > 0 {
            lines.append(
                "\(counted(report.afterWaits, "answer")) not compared: their rules would wait for something that was not recorded"
            )
        }
        if report.unreadable > 0 {
            lines.append("\(counted(report.unreadable, "damaged row")) of the journal left out")
        }
        if report.cut > 0 {
            lines.append(
                "\(counted(report.cut, "event")) about which rules emit others without end, cut short")
        }
        if report.unknownVariables > 0 {
            lines.append(
                "\(counted(report.unknownVariables, "variable")) that rules changed in this time began it as if never set: earlier values are not in the record"
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
        // A private chat is the other person.
        let isNamed = found.event.chatKind == .group || found.event.chat.rawValue != found.sender
        let chat = found.event.chat == .none || !isNamed ? "" : "  \(found.chatName)"
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
}

extension ReplayTally {
    /// The counts in words.
    fileprivate var words: String {
        let parts = [(different, "different"), (new, "new"), (gone, "gone")].filter { $0.0 > 0 }
        let changes =
            parts.isEmpty ? "no difference" : parts.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
        return "\(counted(before, "answer")) before, \(after) now: \(same) the same, \(changes)"
    }
}

private func counted(_ count: Int, _ what: String) -> String { "\(count) \(what)\(count == 1 ? "" : "s")" }
