import Foundation
import Synchronization

/// Numbers that are the same for the same seed.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// A process that is killed at random moments and started again at once.
final class Restarting: Sendable {
    private let start: @Sendable () async throws -> ConureProcess
    private let present: Mutex<ConureProcess>
    private let isDone = Atomic(false)

    init(_ start: @escaping @Sendable () async throws -> ConureProcess) async throws {
        self.start = start
        present = Mutex(try await start())
    }

    /// Kills and starts the process until `work` is done, but at least `times` times; it runs afterwards.
    ///
    /// - Returns: how often it was killed.
    func kill(
        atLeast times: Int, seed: UInt64, during work: @escaping @Sendable () async throws -> Void
    ) async throws -> Int {
        isDone.store(false, ordering: .relaxed)
        return try await withThrowingTaskGroup { group in
            group.addTask {
                try await work()
                self.isDone.store(true, ordering: .relaxed)
            }
            var generator = SeededGenerator(seed: seed)
            var kills = 0
            while kills < times || !isDone.load(ordering: .relaxed) {
                try await Task.sleep(for: .milliseconds(.random(in: 50...400, using: &generator)))
                await present.withLock { $0 }.destroy()
                kills += 1
                let next = try await start()
                present.withLock { $0 = next }
            }
            try await group.waitForAll()
            return kills
        }
    }

    /// Kills the process and starts it again.
    func restart() async throws {
        await destroy()
        let next = try await start()
        present.withLock { $0 = next }
    }

    /// The process that runs now.
    var id: Int32 { present.withLock { $0.id } }

    func destroy() async { await present.withLock { $0 }.destroy() }
}

extension Site {
    /// Runs the server and the bot until `body` ends, however that ends.
    ///
    /// - Parameter rules: the bot's; it answers everything if nothing is said.
    func run(rules: String? = nil, _ body: (_ server: Restarting, _ bot: Restarting) async throws -> Void)
        async throws
    {
        let server = try await Restarting(startServer)
        do {
            try writeRules(rules: rules)
            let bot = try await Restarting(startBot)
            do {
                try await body(server, bot)
            } catch {
                await bot.destroy()
                throw error
            }
            await bot.destroy()
        } catch {
            await server.destroy()
            throw error
        }
        await server.destroy()
    }
}
