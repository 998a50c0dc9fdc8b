import BotKit
import Foundation
import Synchronization

/// One bot: its processes, and who waits for them. What is to be done follows from `BotState`; this does it.
final class Bot: Sendable {
    let configuration: BotConfiguration
    private let launcher: String
    private let log: BotLog
    private let run: @Sendable (@escaping @Sendable () async -> Void) -> Void
    private let state = Mutex(BotState())

    /// How long a worker may take to say what it is.
    private static let helloTime = Duration.seconds(15)
    /// How long an invocation may go on after it was told to stop.
    private static let grace = Duration.seconds(2)
    /// How long a worker may take to leave that has nothing more to do.
    private static let leavingTime = Duration.seconds(5)
    private static let look = Duration.milliseconds(100)
    private static let longestText = 2000

    /// - Parameter run: has something done beside everything else, until the program ends.
    init(
        _ configuration: BotConfiguration, launcher: String, log: BotLog,
        run: @escaping @Sendable (@escaping @Sendable () async -> Void) -> Void
    ) {
        (self.configuration, self.launcher, self.log, self.run) = (configuration, launcher, log, run)
    }

    /// How it is doing.
    var status: BotStatus { state.withLock { $0.status(of: configuration.name) } }

    /// What it said that it has.
    var declarations: [HandlerDeclaration] { state.withLock { $0.declarations } }

    // MARK: Asking

    func invoke(_ invocation: Invocation) async -> InvocationResult {
        let ticket = state.withLock { $0.draw() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                change { state in
                    if Task.isCancelled { return [.answer(continuation, .cancelled)] }
                    return state.take(ticket, invocation, continuation)
                }
            }
        } onCancel: {
            change { $0.withdraw(ticket) }
        }
    }

    /// New invocations go to new processes of what the executable is now; the old ones leave when they have done what
    /// they have.
    func replace() { change { $0.replace() } }

    /// Nobody asks any more: what is under way comes to its end, and the processes leave.
    func retire() { change { $0.retire() } }

    /// The program ends.
    func end() { change { $0.end() } }

    // MARK: What follows

    /// Changes the state, and does what follows from it.
    private func change(_ body: (inout BotState) -> [BotState.Effect]) {
        let effects = state.withLock { state in
            body(&state) + state.assign(concurrency: configuration.concurrency, now: .now)
        }
        for effect in effects { perform(effect) }
    }

    private func perform(_ effect: BotState.Effect) {
        switch effect {
        case .answer(let continuation, let result): continuation.resume(returning: result)
        case .start(let id): start(id)
        case .send(let order, let process, let ticket):
            do { try process.send(order) } catch {
                change { $0.answer(ticket, of: nil, .outcome(HandlerOutcome(error: "\(error)")), now: .now) }
            }
        case .kill(let process, let reason): process.kill(reason)
        case .watch(let stream): stream.yield()
        case .tryAgain(let time):
            run { [self] in
                try? await Task.sleep(until: time, clock: .continuous)
                change { state in
                    state.isToTryAgain = false
                    return []
                }
            }
        }
    }

    private func start(_ id: Int) {
        let process: WorkerProcess
        do {
            process = try WorkerProcess(
                configuration, launcher: launcher, log: log,
                listener: WorkerProcess.Listener(
                    isolated: { [weak self] isolation in self?.change { $0.isolated(id, isolation) } },
                    reported: { [weak self] in self?.hear($0, from: id) }))
        } catch {
            return change { $0.ended(id, "it cannot be started: \(error)", now: .now) }
        }
        let (looks, look) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        change { $0.began(id, process, look, now: .now) }
        run { [self] in
            let reason = await withTaskGroup(of: String?.self) { group in
                group.addTask { await process.run() }
                group.addTask {
                    await self.watch(id, looks)
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
            change { $0.ended(id, reason, now: .now) }
        }
    }

    private func hear(_ report: WorkerMessage.Report, from id: Int) {
        switch report {
        case .hello(let version, let handlers): change { $0.hello(id, version: version, handlers) }
        case .outcome(let ticket, let outcome):
            change { $0.answer(ticket, of: id, .outcome(outcome), now: .now) }
        case .log(let level, let text, _): log.write("\(level): \(text.prefix(Self.longestText))")
        }
    }

    // MARK: Watching

    /// Looks after a worker while there is something that may take too long.
    private func watch(_ id: Int, _ looks: AsyncStream<Void>) async {
        for await _ in looks {
            while state.withLock({ $0.isBusy(id) }), !Task.isCancelled {
                try? await Task.sleep(for: Self.look)
                let used = state.withLock { $0.process(id)?.pid }.flatMap(ProcessorTime.init(of:))
                change { [configuration] state in
                    state.check(
                        id, used: used, most: configuration.processorTime, hello: Self.helloTime,
                        grace: Self.grace,
                        leaving: Self.leavingTime, now: .now)
                }
            }
        }
    }
}

/// The processor time that a process has used.
struct ProcessorTime {
    let total: Duration

    init?(of pid: pid_t) {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let end = text.lastIndex(of: ")")
        else { return nil }
        // The 14th and the 15th, of which two are before the name's end.
        let fields = text[end...].split(separator: " ")
        guard fields.count > 13, let user = Int(fields[12]), let system = Int(fields[13]) else { return nil }
        total = .milliseconds((user + system) * 1000 / max(1, sysconf(Int32(_SC_CLK_TCK))))
    }
}
