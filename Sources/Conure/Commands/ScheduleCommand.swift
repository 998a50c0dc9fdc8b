import ArgumentParser
import BotKit
import Engine
import Foundation
import Store

/// What comes next by the rules' schedules.
struct ScheduleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schedule", abstract: "Show what the rules' schedules do next.",
        subcommands: [List.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the next time of each schedule, soonest first.")

        @OptionGroup var data: DataOption
        @OptionGroup var rules: RulesOption
        @OptionGroup var json: JSONOption
        @Option(help: "Times at most.") var limit = 100

        func run() async throws {
            let folder = data.folder
            let file = try loadRules(rules, secretsIn: folder)
            // Without a store no bot has run yet, and every schedule is still to begin.
            let store =
                FileManager.default.fileExists(atPath: folder.store) ? try folder.existingStore() : nil
            let now = SystemClock().now
            var lines: [TimeLine] = []
            for account in file.accounts.map(\.id) {
                let timers = try await store?.timers(of: account, under: "schedule:") ?? []
                lines += file.rules(for: account).comingTimes(timers: timers, now: now)
                    .map { TimeLine($0, account, isMissed: $0.due < now) }
            }
            lines.sort { ($0.due, $0.account, $0.rule) < ($1.due, $1.account, $1.rule) }
            if lines.isEmpty, !json.isOn { print("no schedule of \(rules.path) has a time to come") }
            for line in lines.prefix(max(0, limit)) {
                print(json.isOn ? try JSONLine.text(line) : line.text(withAccount: file.accounts.count > 1))
            }
        }
    }
}

private struct TimeLine: Encodable {
    var account: String
    var rule: String
    /// Which of the rule's triggers it is, from 0.
    var trigger: Int
    var due: Date
    /// The same on the clock of the zone.
    var clock: String
    var timezone: String
    /// Whether it came while the bot did not run: it is made up for, or not, at the next start.
    var missed: Bool

    init(_ time: ComingTime, _ account: AccountID, isMissed: Bool) {
        (self.account, rule, trigger) = (account.rawValue, time.rule, time.trigger)
        (due, clock, timezone) = (Date(time.due), time.clock, time.timezone)
        missed = isMissed
    }

    func text(withAccount: Bool) -> String {
        let account = withAccount ? " (\(account))" : ""
        return "\(clock) \(timezone): \(rule)\(account)\(missed ? ", missed so far" : "")"
    }
}
