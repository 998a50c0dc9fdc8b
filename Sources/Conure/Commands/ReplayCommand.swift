import ArgumentParser
import BotKit
import Engine
import Foundation
import Store

/// Takes the messages that came through rules once more, and says what would be answered otherwise.
struct ReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract:
            "Take the messages that came through the rules once more, and show what would be different.",
        discussion: """
            Nothing is sent and nothing is changed, also beside a running bot. Cool-downs, limits and counts are those \
            of the time; names, friends and tags are today's, and a variable that rules changed in the period begins \
            it as if nobody had ever set it.
            """)

    @OptionGroup var data: DataOption
    @OptionGroup var rules: RulesOption
    @OptionGroup var json: JSONOption
    @Option(
        help: "From when: how long ago, such as 7d or 12h, or \"2026-11-23 10:00\" in the bot's time zone.")
    var since = "7d"
    @Option(help: "Which of the bot's accounts; all if not given.") var account: String?
    @Option(help: "Differing events listed at most, for each account.") var limit = 50

    func validate() throws {
        guard limit >= 0 else { throw ValidationError("--limit is \(limit), expected 0 or more") }
    }

    func run() async throws {
        let file = try checkedRules()
        let now = SystemClock().now
        guard let start = file.bot.beginning(of: since, now: now) else {
            throw Failure(
                "--since is '\(since)', expected how long ago, such as 7d, or a day and a time such as \"2026-11-23 10:00\""
            )
        }
        let path = data.folder.store
        guard FileManager.default.fileExists(atPath: path) else {
            throw Failure("no bot has run on the data folder \(data.path) yet: start one with `conure up`")
        }
        let store = ReadOnlyStore(path: path)
        let accounts = try accounts(of: file, in: store)
        for account in accounts {
            let report = try store.history(of: account, since: start, now: now) { history in
                try Replay.report(file.rules(for: account), through: history, listing: limit)
            }
            let lines = ReplayLines(report, of: account, since: start)
            if json.isOn {
                try lines.printJSON()
            } else {
                if accounts.count > 1 { print("\(account):") }
                print(lines.text(timezone: file.bot.timezone))
            }
        }
    }

    /// Reads the rules; what is wrong with them is shown as `check` shows it.
    private func checkedRules() throws -> RulesFile {
        do {
            return try RulesFile.load(
                path: rules.path, secrets: EnvironmentSecrets(dataFolder: data.path),
                webhookChecks: .strict)
        } catch {
            for finding in error.findings {
                print(json.isOn ? try JSONLine.text(FindingLine(finding)) : finding.text)
            }
            throw ExitCode.failure
        }
    }

    private func accounts(of file: RulesFile, in store: ReadOnlyStore) throws -> [AccountID] {
        let named = file.accounts.map(\.id)
        let known = try store.accounts()
        if let account {
            let account = AccountID(account)
            guard named.contains(account) else {
                throw Failure("there is no account '\(account)' in \(rules.path)")
            }
            guard known.contains(account) else {
                throw Failure("the account '\(account)' has not run on the data folder \(data.path) yet")
            }
            return [account]
        }
        let accounts = named.filter(known.contains)
        guard !accounts.isEmpty else {
            throw Failure("no account of \(rules.path) has run on the data folder \(data.path) yet")
        }
        return accounts
    }
}
