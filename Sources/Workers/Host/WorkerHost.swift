package import BotKit
import Foundation
package import Logging
import ServiceLifecycle
import Synchronization

/// Runs bots as processes of their own, and asks them.
package final class WorkerHost: HandlerHost, Service {
    private let launcher: String
    private let folder: String
    private let logger: Logger
    private let bots = Mutex<[String: Bot]>([:])
    private let (jobs, job) = AsyncStream<@Sendable () async -> Void>.makeStream()

    /// How often it is looked for orders, and whether something is worth writing down.
    private static let look = Duration.milliseconds(500)

    /// - Parameters:
    ///   - launcher: the executable whose command `worker` puts limits on a process and makes it the worker.
    ///   - folder: where bots' logs and their status are kept; empty for nowhere.
    package init(launcher: String, folder: String, logger: Logger) {
        (self.launcher, self.folder, self.logger) = (launcher, folder, logger)
    }

    /// Asks a handler. Its bot is what its name begins with.
    package func invoke(_ invocation: Invocation) async -> InvocationResult {
        let name = invocation.handler.prefix { $0 != "." }
        guard let bot = bots.withLock({ $0[String(name)] }) else {
            return .unavailable(reason: "there is no bot '\(name)'")
        }
        return await bot.invoke(invocation)
    }

    /// Has these bots from now on, and no others. Those that are as they were go on.
    package func use(_ configurations: [BotConfiguration]) {
        let gone = bots.withLock { bots in
            var gone: [Bot] = []
            let names = Set(configurations.map(\.name))
            for (name, bot) in bots where !names.contains(name) { gone.append(bot) }
            for configuration in configurations {
                if let bot = bots[configuration.name] {
                    if bot.configuration == configuration { continue }
                    gone.append(bot)
                }
                bots[configuration.name] = Bot(
                    configuration, launcher: launcher, log: log(of: configuration.name)
                ) { [job] in job.yield($0) }
            }
            bots = bots.filter { names.contains($0.key) }
            return gone
        }
        for bot in gone { bot.retire() }
    }

    /// The executables of these bots are others than they were: new invocations go to new processes.
    package func renew(_ names: Set<String>) {
        for bot in bots.withLock({ $0.values.filter { names.contains($0.configuration.name) } }) {
            logger.notice("\(bot.configuration.name) is another than it was: it gets new processes")
            bot.replace()
        }
    }

    /// How each bot is doing.
    package var status: [BotStatus] {
        bots.withLock { Array($0.values) }.map(\.status).sorted { $0.name < $1.name }
    }

    private func log(of name: String) -> BotLog {
        BotLog(path: folder.isEmpty ? "" : "\(folder)/\(name).log")
    }

    // MARK: Running

    /// Runs until shut down; then kills what still runs: nothing of it has taken effect.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { await self.watch() }
                for await job in self.jobs { group.addTask { await job() } }
                for bot in self.bots.withLock({ Array($0.values) }) { bot.end() }
                group.cancelAll()
            }
        }
    }

    /// Takes the owner's orders, and writes down how bots are doing.
    private func watch() async {
        var written: [BotStatus]?
        while !Task.isCancelled {
            for bot in bots.withLock({ Array($0.values) }) where takeOrder(to: bot.configuration.name) {
                bot.replace()
            }
            let status = status
            if status != written { written = write(status) }
            try? await Task.sleep(for: Self.look)
        }
    }

    private func takeOrder(to name: String) -> Bool {
        unsafe !folder.isEmpty && unlink("\(folder)/\(name).restart") == 0
    }

    private func write(_ status: [BotStatus]) -> [BotStatus]? {
        guard !folder.isEmpty else { return status }
        do {
            try JSONEncoder().encode(status).write(
                to: URL(fileURLWithPath: "\(folder)/status.json"), options: .atomic)
            return status
        } catch {
            return nil
        }
    }
}
