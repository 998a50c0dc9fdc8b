import ArgumentParser
import BotKit
import Engine
import Foundation
import Store

/// Shows everything that one message has caused.
struct Trace: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show why a message was answered, or not, and what came of it.")

    @OptionGroup var data: DataOption
    @OptionGroup var rules: RulesOption
    @OptionGroup var json: JSONOption
    @Option(help: "Which of the bot's accounts; all if not given.") var account: String?
    @Argument(help: "The message: its number in the journal, or what the network calls it.") var message:
        String

    func run() async throws {
        let store = try data.folder.existingStore()
        let accounts = try await store.accounts().map(\.id)
        var found: RecordedEvent?
        for id in accounts where found == nil && (account == nil || account == id.rawValue) {
            found = try await store.recordedEvent(message, of: id)
        }
        guard let found else { throw Failure("there is no message '\(message)' in the journal") }
        // Only to name lines: a file that has changed since, or is wrong by now, does not matter.
        let secrets = try? EnvironmentSecrets(dataFolder: data.path)
        let file = try? secrets.map { try RulesFile.load(path: rules.path, secrets: $0) }
        let report = TraceReport(found, places: file?.rules.places ?? [:])
        print(json.isOn ? try JSONLine.text(report) : report.description)
    }
}

private struct TraceReport: Encodable {
    struct Check: Encodable {
        var rule: String
        var check: String
        var seen: String
        var verdict: String
        var file: String?
        var line: Int?
    }

    struct Sent: Encodable {
        var id: Int64
        var kind: String
        var chat: String
        var text: String
        var rule: String
        var state: String
        var reason: String
    }

    var account: String
    var number: Int64
    var message: String
    var chat: String
    var kind: String
    var text: String
    /// Seconds since 1970; missing while nothing is decided.
    var decided: Double?
    var checks: [Check]
    var outbox: [Sent]

    init(_ found: RecordedEvent, places: [String: RulePlace]) {
        account = found.account.rawValue
        number = found.number
        message = found.event.id.rawValue
        chat = found.event.chat.rawValue
        kind = found.event.body.kind
        if case .message(let message) = found.event.body, case .text(let said) = message.content {
            text = said
        } else {
            text = ""
        }
        decided = found.decided.map { Double($0.microseconds) / 1_000_000 }
        checks = (found.trace + found.later).map { line in
            Check(
                rule: line.rule, check: line.check, seen: line.seen, verdict: line.verdict.rawValue,
                file: places[line.rule]?.file, line: places[line.rule]?.line)
        }
        outbox = found.outgoing.map { row in
            Sent(
                id: row.number, kind: row.kind, chat: row.chat.rawValue, text: row.text, rule: row.rule,
                state: row.state, reason: row.reason)
        }
    }

    var what: String { text.isEmpty ? kind : "\(kind) \"\(text)\"" }

    /// The same for people.
    var description: String {
        var lines = ["\(number) (\(message)) in \(chat): \(what)"]
        if decided == nil { lines.append("not decided yet") }
        lines += checks.map { check in
            let place = check.line.map { "\(check.file ?? ""):\($0): " } ?? ""
            let rule = check.rule.isEmpty ? "" : "\(check.rule): "
            return "  \(place)\(rule)\(check.check) \(check.verdict): \(check.seen)"
        }
        if decided != nil, checks.isEmpty { lines.append("  no rule could match") }
        lines += outbox.map { row in
            "→ \(row.id) \(row.kind) in \(row.chat), by \(row.rule.isEmpty ? "you" : row.rule): \(row.state)"
                + (row.reason.isEmpty ? "" : " (\(row.reason))")
        }
        return lines.joined(separator: "\n")
    }
}
