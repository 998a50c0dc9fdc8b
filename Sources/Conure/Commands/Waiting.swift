import ArgumentParser
import BotKit
import Foundation
import Store

/// Runs of rules that have not ended.
struct Waiting: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show runs of rules that wait: for a time, an answer or their turn.",
        subcommands: [List.self, Cancel.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List what waits, oldest first.")

        @OptionGroup var data: DataOption
        @OptionGroup var json: JSONOption
        @Option(help: "Runs at most, of each account.") var limit = 100

        func run() async throws {
            let runs = try await data.folder.existingStore().waitingRuns(limit: limit)
            if runs.isEmpty, !json.isOn { print("nothing waits") }
            for run in runs {
                let line = RunLine(run)
                print(json.isOn ? try JSONLine.text(line) : line.text)
            }
        }
    }

    struct Cancel: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End a run that waits.",
            discussion: "A bot that is stopped ends it when it starts again.")

        @OptionGroup var data: DataOption
        @Argument(help: "The run, as list shows it.") var id: String

        func run() async throws {
            let store = try data.folder.existingStore()
            for account in try await store.accounts()
            where try await store.cancelRun(id, of: account.id, now: SystemClock().now) {
                return print("\(id) ends")
            }
            throw Failure("nothing called '\(id)' waits: see conure waiting")
        }
    }
}

private struct RunLine: Encodable {
    var id: String
    var account: String
    var rule: String
    var chat: String
    var began: Date
    var waitsFor: String
    var until: Date?

    enum CodingKeys: String, CodingKey {
        case id, account, rule, chat, began, until
        case waitsFor = "waits_for"
    }

    init(_ found: RunOverview) {
        id = found.run.id
        account = found.account.rawValue
        rule = found.run.rule
        chat = found.chatName.isEmpty ? found.chat.rawValue : found.chatName
        began = Date(found.run.began)
        until = found.run.wait.due.map { Date($0) }
        waitsFor =
            switch found.run.wait {
            case .turn: "turn"
            case .time: "time"
            case .action: "outbox"
            case .call: "handler"
            case .answer: "answer"
            }
    }

    var text: String {
        let end = until.map { " until \($0.formatted(.iso8601))" } ?? ""
        let place = chat.isEmpty ? "" : " in \(chat)"
        return "\(id): \(rule)\(place) waits for \(waitsFor == "time" ? "the time" : "its \(waitsFor)")\(end)"
    }
}
