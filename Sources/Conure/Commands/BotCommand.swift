import ArgumentParser

/// The programs with handlers.
struct BotCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bot", abstract: "Write handlers in Swift.", subcommands: [New.self])

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
