import ArgumentParser

/// The main job: the embedded server and the bot on it.
struct Up: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Start the embedded server and run the bot.",
        discussion: "Stop it with Ctrl-C. Started again, it goes on where it was.")

    @OptionGroup var data: DataOption
    @OptionGroup var rules: RulesOption
    @OptionGroup var listen: ListenOptions
    @OptionGroup var webhooks: WebhookOptions
    @OptionGroup var pace: PaceOptions
    @OptionGroup var log: LogOptions

    func run() async throws {
        try await BotRun(data: data, rules: rules, webhooks: webhooks, pace: pace, log: log).run(
            embedding: listen)
    }
}

/// The bot alone, on servers that somebody else runs.
struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the bot without the embedded server.",
        discussion: "Each account of the rules file says which server it is on.")

    @OptionGroup var data: DataOption
    @OptionGroup var rules: RulesOption
    @OptionGroup var webhooks: WebhookOptions
    @OptionGroup var pace: PaceOptions
    @OptionGroup var log: LogOptions

    func run() async throws {
        try await BotRun(data: data, rules: rules, webhooks: webhooks, pace: pace, log: log).run(
            embedding: nil)
    }
}
