import ArgumentParser
import BotKit
import Engine
import Foundation
import Store

/// Messages to many: what is on its way, and what its owner says to that.
struct BroadcastCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "broadcast", abstract: "See, approve, pause and end messages to many.",
        discussion: "All of it works beside a running bot, which notices at once.",
        subcommands: [
            List.self, Show.self, BroadcastPreviewCommand.self, Approve.self, Pause.self, Resume.self,
            Cancel.self,
        ],
        defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List broadcasts, newest first.")

        @OptionGroup var data: DataOption
        @OptionGroup var json: JSONOption
        @Option(help: "Broadcasts at most.") var limit = 100

        func run() async throws {
            let broadcasts = try await data.folder.existingStore().broadcasts(limit: limit)
            if broadcasts.isEmpty, !json.isOn { print("there has been no broadcast") }
            for broadcast in broadcasts {
                let line = BroadcastLine(broadcast)
                print(json.isOn ? try JSONLine.text(line) : line.text)
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show how far a broadcast has come, and when it will be done.",
            discussion: "What limits the account has is read from the rules file.")

        @OptionGroup var number: BroadcastNumber
        @OptionGroup var rules: RulesOption
        @OptionGroup var json: JSONOption
        @Flag(help: "Show it again every second until it has ended.") var follow = false

        func run() async throws {
            let store = try number.data.folder.existingStore()
            while true {
                let broadcast = try await number.find(in: store)
                var line = BroadcastLine(broadcast)
                if !broadcast.state.hasEnded {
                    line.done = try await end(of: broadcast, in: store).map { Date($0) }
                }
                if json.isOn {
                    print(try JSONLine.text(line))
                } else if isatty(STDOUT_FILENO) == 1 {
                    // In place of what was shown a second ago.
                    print(
                        "\u{1B}[2K\r\(line.bar)", terminator: follow && !broadcast.state.hasEnded ? "" : "\n")
                    fflush(nil)
                } else {
                    print(line.details)
                }
                guard follow, !broadcast.state.hasEnded else {
                    if !json.isOn, isatty(STDOUT_FILENO) == 1 { print(line.details) }
                    return
                }
                try await Task.sleep(for: .seconds(1))
            }
        }

        /// When it will be done; nil if the rules file does not say how fast the account may send.
        private func end(of broadcast: StoredBroadcast, in store: Store) async throws -> Timestamp? {
            guard
                let settings = accountSettings(
                    of: broadcast.account, in: rules, secretsIn: number.data.folder)
            else { return nil }
            return try await BroadcastForecast(
                limits: settings.limits, usualPace: settings.usualBroadcastPace
            )
            .end(of: broadcast, in: store, now: SystemClock().now)
        }
    }

    struct Approve: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a broadcast begin that waits for approval.")

        @OptionGroup var number: BroadcastNumber
        func run() async throws { try await number.change(.approve, "approved") }
    }

    struct Pause: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Hold a broadcast up.",
            discussion: "What is on its way at this moment still arrives.")

        @OptionGroup var number: BroadcastNumber
        func run() async throws { try await number.change(.pause(reason: "its owner paused it"), "paused") }
    }

    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a paused broadcast go on.",
            discussion: "Also one that was paused because too much of it failed: then failures count anew.")

        @OptionGroup var number: BroadcastNumber
        func run() async throws { try await number.change(.resume, "goes on") }
    }

    struct Cancel: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End a broadcast.", discussion: "Who has not got it never will.")

        @OptionGroup var number: BroadcastNumber
        func run() async throws { try await number.change(.cancel, "cancelled") }
    }
}

/// Which broadcast a command is about.
struct BroadcastNumber: ParsableArguments {
    @OptionGroup var data: DataOption
    @Argument(help: "The broadcast, as list shows it.") var number: Int64
    @Option(help: "Which of the bot's accounts; the only one that has such a number.") var account: String?

    func find(in store: Store) async throws -> StoredBroadcast {
        let found = try await store.broadcasts(number).filter {
            account == nil || $0.account.rawValue == account
        }
        guard let first = found.first else {
            throw Failure("there is no broadcast \(number): see conure broadcast list")
        }
        guard found.count == 1 else {
            let accounts = found.map(\.account.rawValue).joined(separator: ", ")
            throw Failure("more than one account has such a number, say which with --account: \(accounts)")
        }
        return first
    }

    func change(_ change: BroadcastChange, _ done: String) async throws {
        let store = try data.folder.existingStore()
        let account = try await find(in: store).account
        if let refusal = try await store.change(change, number, of: account, now: SystemClock().now) {
            throw Failure("broadcast \(number): \(refusal)")
        }
        print("broadcast \(number): \(done)")
    }
}
