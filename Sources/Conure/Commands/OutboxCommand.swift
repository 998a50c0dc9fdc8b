import ArgumentParser
import BotKit
import Engine
import Foundation
import Store

/// What is leaving, has left, and could not.
struct OutboxCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "outbox", abstract: "See and change what is leaving.",
        discussion: "All of it works beside a running bot, which notices at once.",
        subcommands: [List.self, Show.self, Retry.self, Edit.self, Cancel.self, Drop.self],
        defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the outbox, newest first.")

        @OptionGroup var data: DataOption
        @OptionGroup var json: JSONOption
        @OptionGroup var filter: OutboxFilterOptions
        @Option(help: "Rows at most.") var limit = 100

        func run() async throws {
            let store = try data.folder.existingStore()
            let rows = try await store.outbox(
                filter.filter(states: [], now: SystemClock().now), limit: limit)
            for row in rows { print(json.isOn ? try JSONLine.text(OutboxLine(row)) : OutboxLine.text(row)) }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show one row with its attempts.",
            discussion: "What limits the account has is read from the rules file.")

        @OptionGroup var data: DataOption
        @OptionGroup var rules: RulesOption
        @OptionGroup var json: JSONOption
        @Argument(help: "Its number.") var number: Int64
        @Option(help: "Which of the bot's accounts; the only one that has such a number.")
        var account: String?

        func run() async throws {
            let store = try data.folder.existingStore()
            let filter = OutboxFilter(account: account.map { AccountID($0) }, number: number)
            let row = try await store.only(filter)
            let attempts = try await store.attempts(of: number, row.account)
            let free = try await free(row, in: store)
            if json.isOn {
                print(try JSONLine.text(OutboxLine(row, attempts: attempts, free: free)))
            } else {
                print(OutboxLine.details(row, attempts, free: free))
            }
        }

        /// When the limits let it leave; nil if it does not wait, or the rules file does not say what they are.
        private func free(_ row: OutboxRow, in store: Store) async throws -> Timestamp? {
            guard row.settled == nil, row.state != "leased",
                let settings = accountSettings(of: row.account, in: rules, secretsIn: data.folder)
            else { return nil }
            return try await store.freeAt(row, limits: settings.limits, now: SystemClock().now)
        }
    }

    struct Retry: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Try again: what waits at once, what has ended anew.",
            discussion: """
                Without --state these are the rows that failed or expired. What may have been delivered is repeated \
                under its old id while the network knows that; after that only --may-double lets it leave once more.
                """)

        @OptionGroup var order: OutboxOrder
        @Flag(help: "Also what may have been delivered and could be doubled.") var mayDouble = false

        func run() async throws {
            try await order.perform(
                .retry, "retry", usual: ["failed", "expired"], mayDouble: mayDouble)
        }
    }

    struct Edit: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give a text that has not left other words, and try again.")

        @OptionGroup var order: OutboxOrder
        @Option(help: "What it is to say.") var text: String
        @Flag(help: "Also what may have been delivered as it was.") var mayDouble = false

        func validate() throws {
            if text.isEmpty { throw ValidationError("--text is empty") }
        }

        func run() async throws {
            try await order.perform(
                .edit(text: text), "edit", usual: ["waiting", "failed", "expired"], mayDouble: mayDouble)
        }
    }

    struct Cancel: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Keep what waits from leaving.",
            discussion: "What is on its way at this moment can't be held up.")

        @OptionGroup var order: OutboxOrder

        func run() async throws {
            try await order.perform(.cancel, "cancel", usual: ["waiting", "unknown"])
        }
    }

    struct Drop: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Forget what has ended.",
            discussion: "Without --state these are the rows that failed, expired or were cancelled.")

        @OptionGroup var order: OutboxOrder

        func run() async throws {
            try await order.perform(.drop, "drop", usual: ["failed", "expired", "cancelled"])
        }
    }
}

extension Store {
    /// The one row that a number means.
    fileprivate func only(_ filter: OutboxFilter) async throws -> OutboxRow {
        let rows = try await outbox(filter, limit: 2)
        guard let row = rows.first else { throw Failure("the outbox has no number \(filter.number ?? 0)") }
        guard rows.count == 1 else {
            let accounts = rows.map(\.account.rawValue).joined(separator: ", ")
            throw Failure("more than one account has such a number, say which with --account: \(accounts)")
        }
        return row
    }
}
