import ArgumentParser
import BotKit
import Engine
import Foundation
import Store

/// Says what a broadcast would be if it began now, and sends nothing.
struct BroadcastPreviewCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "preview",
        abstract:
            "Say who would get a rule's broadcast now, what they would read, and when it would be done.",
        discussion: "Nothing is sent and nothing is remembered.")

    @OptionGroup var data: DataOption
    @OptionGroup var rules: RulesOption
    @OptionGroup var json: JSONOption
    @Argument(help: "The id of the rule.") var rule: String
    @Option(help: "Recipients whose texts are shown.") var samples = 3
    @Option(help: "Which of the bot's accounts; the first if not given.") var account: String?

    func run() async throws {
        let file = try loadRules(rules, secretsIn: data.folder)
        let settings = try chosen(of: file)
        let store = try data.folder.existingStore()
        let now = SystemClock().now
        let set = file.rules(for: settings.id)
        let previews = try await store.look(at: settings.id, now: now) { [rule] state in
            try set.broadcasts(of: rule, account: settings.id, now: now, state)
        }
        guard let previews else { throw Failure("there is no rule '\(rule)' in \(rules.path)") }
        if previews.isEmpty { throw Failure("the rule '\(rule)' has no broadcast") }
        let forecast = BroadcastForecast(limits: settings.limits, usualPace: settings.usualBroadcastPace)
        for preview in previews {
            let (count, some) = try await store.count(
                preview.order.audience, of: settings.id, samples: max(0, samples), now: now)
            let texts = try await store.look(at: settings.id, now: now) { state in
                try some.map { Sample(to: $0, text: try preview.order.text(for: $0, state)) }
            }
            let end = try await forecast.end(
                of: preview.order, count: count, account: settings.id, in: store, now: now)
            let report = Report(
                rule: rule, step: preview.step, recipients: count, done: Date(end),
                approver: preview.order.approver, samples: texts)
            print(json.isOn ? try JSONLine.text(report) : report.text)
        }
    }

    private func chosen(of file: RulesFile) throws -> AccountSettings {
        guard let account else { return file.accounts[0] }
        if let found = file.accounts.first(where: { $0.id.rawValue == account }) { return found }
        throw Failure("there is no account '\(account)' in \(rules.path)")
    }

    private struct Sample: Encodable {
        var to: String
        var text: String
    }

    private struct Report: Encodable {
        var rule: String
        var step: String
        var recipients: Int
        /// When it would be done.
        var done: Date
        var approver: String
        var samples: [Sample]

        var text: String {
            let approval = approver.isEmpty ? "" : ", once \(approver) has approved it"
            return
                ([
                    "\(rule), \(step): \(recipients) recipients, done about \(done.formatted(.iso8601))\(approval)"
                ]
                + samples.map { "  to \($0.to): \($0.text)" }).joined(separator: "\n")
        }
    }
}
