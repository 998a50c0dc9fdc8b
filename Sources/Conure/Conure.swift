import ArgumentParser

/// The command `conure`.
@main
struct Conure: AsyncParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "conure",
        abstract: "Runs chat bots for months without losing, repeating or flooding a message.",
        version: version,
        subcommands: [
            Up.self, Run.self, Server.self, User.self, Login.self, Logout.self, Check.self, Explain.self,
            Trace.self, ReplayCommand.self, Waiting.self, SchemaCommand.self, Chat.self,
            Status.self, OutboxCommand.self, BroadcastCommand.self, ScheduleCommand.self,
            Send.self, RecallCommand.self, MediaCommand.self, Friend.self, Room.self,
            Wire.self, BotCommand.self, Worker.self,
        ])
}
