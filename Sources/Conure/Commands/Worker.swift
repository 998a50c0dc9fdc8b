import ArgumentParser
import Foundation
import Workers

/// Becomes a bot's process. Conure starts itself with this; nobody else needs it.
struct Worker: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: WorkerLaunch.command, abstract: "Become a bot's process, under its limits.",
        shouldDisplay: false)

    @Argument(parsing: .captureForPassthrough) var arguments: [String] = []

    func run() throws {
        // It comes back only if it has failed.
        throw Failure(WorkerLaunch.become(arguments))
    }
}
