import ArgumentParser
import BotKit
import Foundation
import Store

/// What is leaving, has left, and could not.
struct OutboxCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "outbox", abstract: "Show what is leaving.", subcommands: [List.self],
        defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the outbox, newest first.")

        enum State: String, ExpressibleByArgument, CaseIterable {
            case waiting, leased, unknown, sent, failed, expired, cancelled
        }

        @OptionGroup var data: DataOption
        @OptionGroup var json: JSONOption
        @Option(name: .customLong("state"), help: "Only rows in this state; may be given again.")
        var states: [State] = []
        @Option(help: "Rows at most.") var limit = 100

        func run() async throws {
            let store = try data.folder.existingStore()
            for row in try await store.outbox(in: states.map(\.rawValue), limit: limit) {
                print(json.isOn ? try JSONLine.text(RowLine(row)) : Self.text(row))
            }
        }

        private static func text(_ row: OutboxRow) -> String {
            let chat = row.chatName.isEmpty ? row.chat.rawValue : row.chatName
            let reason = row.reason.isEmpty ? "" : " (\(row.reason))"
            let text = row.text.count > 60 ? row.text.prefix(60) + "…" : row.text[...]
            return "\(row.number) \(row.state)\(reason) to \(chat): \(text.replacing("\n", with: " "))"
        }
    }
}

private struct RowLine: Encodable {
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

    init(_ row: OutboxRow) {
        (id, account, chat, kind) = (row.number, row.account.rawValue, row.chat.rawValue, row.kind)
        (text, state, attempts, reason) = (row.text, row.state, row.attempts, row.reason)
        (due, rule) = (Date(row.due), row.rule)
    }
}
