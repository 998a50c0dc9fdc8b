package import BotKit
import Foundation
import Synchronization

/// Why a bot cannot be asked what it is.
package struct BotProblem: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}

extension WorkerHost {
    /// Starts a bot, hears what it has, and ends it.
    ///
    /// - Throws: `BotProblem` if it says nothing sensible within `time`.
    package static func describe(
        _ bot: BotConfiguration, launcher: String, within time: Duration = .seconds(15)
    ) async throws -> [HandlerDeclaration] {
        guard FileManager.default.isExecutableFile(atPath: bot.executable) else {
            throw BotProblem("there is no executable \(bot.executable)")
        }
        let found = Mutex<[HandlerDeclaration]?>(nil)
        let process = Mutex<WorkerProcess?>(nil)
        let worker = try WorkerProcess(
            bot, launcher: launcher, log: BotLog(path: ""),
            listener: WorkerProcess.Listener { report in
                if case .hello(let version, let handlers) = report, version == WorkerMessage.version {
                    found.withLock { $0 = handlers }
                }
                process.withLock { $0 }?.kill("it said something else before its hello")
            })
        process.withLock { $0 = worker }
        let reason = await withTaskGroup(of: String?.self) { group in
            group.addTask { await worker.run() }
            group.addTask {
                do { try await Task.sleep(for: time) } catch { return nil }
                worker.kill("it did not say hello within \(time.components.seconds) s")
                return nil
            }
            var reason = ""
            while let ended = await group.next() {
                guard let ended else { continue }
                reason = ended
                group.cancelAll()
            }
            return reason
        }
        process.withLock { $0 = nil }
        if let handlers = found.withLock({ $0 }) { return handlers }
        throw BotProblem(reason)
    }
}
