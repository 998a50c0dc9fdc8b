import ArgumentParser
import Foundation
import Store
import Workers

/// The programs with handlers.
struct BotCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bot", abstract: "Write handlers in Swift, and see how bots are doing.",
        subcommands: [List.self, Logs.self, Restart.self, Quarantine.self, New.self],
        defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the bots that the running program has, and how they are doing.")

        @OptionGroup var data: DataOption
        @OptionGroup var json: JSONOption

        func run() async throws {
            guard Endpoints.current(in: data.folder) != nil else {
                throw Failure(
                    "nothing runs on the data folder \(data.folder.path): start it with `conure up`")
            }
            let bots = BotReport(in: data.folder)?.bots ?? []
            if bots.isEmpty, !json.isOn { print("the rules need no bots") }
            for bot in bots {
                if json.isOn {
                    print(try JSONLine.text(bot))
                } else {
                    print(bot.text)
                    if !bot.handlers.isEmpty { print("  has \(bot.handlers.joined(separator: ", "))") }
                    for warning in bot.warnings { print("  " + warning.replacing("\n", with: "\n    ")) }
                }
            }
        }
    }

    struct Logs: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show what a bot has said: its log, and its standard error.")

        @OptionGroup var data: DataOption
        @Argument(help: "The bot.") var name: String
        @Option(help: "Lines at most.") var limit = 100
        @Flag(help: "Go on until Ctrl-C.") var follow = false

        func run() async throws {
            let path = "\(data.folder.bots)/\(name).log"
            let isKnown = BotReport(in: data.folder)?.bots.contains { $0.name == name } ?? false
            var log = GrowingFile(path)
            guard let lines = try? log.next() else {
                guard isKnown || follow else { throw Failure("no bot '\(name)' has said anything") }
                if !follow { return }
                return try await more(&log)
            }
            for line in lines.suffix(max(0, limit)) { print(line) }
            if follow { try await more(&log) }
        }

        private func more(_ log: inout GrowingFile) async throws {
            while true {
                fflush(nil)
                try await Task.sleep(for: .milliseconds(300))
                for line in (try? log.next()) ?? [] { print(line) }
            }
        }
    }

    struct Restart: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give a bot new processes; the old ones finish what they have.")

        @OptionGroup var data: DataOption
        @Argument(help: "The bot.") var name: String

        func run() async throws {
            guard Endpoints.current(in: data.folder) != nil else {
                throw Failure(
                    "nothing runs on the data folder \(data.folder.path): start it with `conure up`")
            }
            guard BotReport(in: data.folder)?.bots.contains(where: { $0.name == name }) ?? false else {
                throw Failure("the running program has no bot '\(name)': see conure bot list")
            }
            try Data().write(to: URL(fileURLWithPath: "\(data.folder.bots)/\(name).restart"))
            print("\(name) gets new processes")
        }
    }

    struct Quarantine: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List events that a handler has died of again and again.")

        @OptionGroup var data: DataOption
        @OptionGroup var json: JSONOption
        @Option(help: "Events at most.") var limit = 100

        func run() async throws {
            let calls = try await data.folder.existingStore().quarantined(limit: limit)
            if calls.isEmpty, !json.isOn { print("no event is in quarantine") }
            for call in calls {
                let line = QuarantineLine(call)
                print(json.isOn ? try JSONLine.text(line) : line.text)
            }
        }
    }

    struct New: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Begin a bot: its folder, its test, its line in Package.swift and in the rules file.",
            discussion:
                "Run it in the folder of Conure's Package.swift. Nothing is changed if anything is wrong.")

        @OptionGroup var rules: RulesOption
        @Argument(help: "What it is called, such as Weather: a capital letter, then letters and digits.")
        var name: String

        func run() throws {
            let bot = try NewBot(name, package: ".", rules: rules.path)
            try bot.write()
            print(
                """
                \(bot.files.map { "wrote   \($0)" }.joined(separator: "\n"))
                changed Package.swift
                changed \(rules.path)

                scripts/run starts it with the rest. Then say "hello \(name)" in scripts/run chat.
                docs/handlers.md says how it goes on; scripts/test --filter \(name)Tests runs its test.
                """)
        }
    }
}
