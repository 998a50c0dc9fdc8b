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

    /// How often it is looked whether an executable is another.
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

    /// Notices executables that have been replaced and the owner's orders, and writes down how bots are doing.
    private func watch() async {
        var known: [String: FileMark?] = [:]
        var changing: [String: FileMark?] = [:]
        var written: [BotStatus]?
        while !Task.isCancelled {
            for bot in bots.withLock({ Array($0.values) }) {
                let path = bot.configuration.executable
                let mark = FileMark(of: path)
                if takeOrder(to: bot.configuration.name) { bot.replace() }
                guard let before = known[path] else {
                    known[path] = mark
                    continue
                }
                // One that is still being written is looked at again.
                if mark != before, mark != nil {
                    if changing[path] == mark {
                        logger.notice("\(bot.configuration.name) has another executable")
                        known[path] = mark
                        changing[path] = nil
                        bot.replace()
                    } else {
                        changing[path] = mark
                    }
                }
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

/// What tells one file from another under the same name.
private struct FileMark: Hashable {
    let inode: UInt
    let size: Int64
    let seconds: Int
    let nanoseconds: Int

    init?(of path: String) {
        var found = stat()
        guard unsafe stat(path, &found) == 0 else { return nil }
        inode = found.st_ino
        size = Int64(found.st_size)
        seconds = found.st_mtim.tv_sec
        nanoseconds = found.st_mtim.tv_nsec
    }
}
