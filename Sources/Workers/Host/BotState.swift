import BotKit
import Foundation

/// What is known of a bot's processes and of those who wait for them, and what follows from what happens. It does
/// nothing by itself.
struct BotState {
    typealias Instant = ContinuousClock.Instant
    typealias Continuation = CheckedContinuation<InvocationResult, Never>

    /// What has to be done.
    enum Effect {
        case answer(Continuation, InvocationResult)
        case start(Int)
        case send(WorkerMessage.Order, to: WorkerProcess, ticket: Int)
        case kill(WorkerProcess, reason: String)
        case watch(AsyncStream<Void>.Continuation)
        case tryAgain(at: Instant)
    }

    /// Somebody who waits for an answer.
    struct Call {
        let ticket: Int
        let invocation: Invocation
        let continuation: Continuation
        /// Whether nothing else may be asked of the same process meanwhile.
        var isAlone: Bool
        /// Since when its time counts: a worker may do one thing after the other, and what waits behind something else has
        /// not begun.
        var began: Instant?
        /// When it was told to stop.
        var stopped: Instant?
        /// The processor time that the worker had used before.
        var used: Duration?

        /// The same, as if it had never been asked.
        func anew(isAlone: Bool) -> Call {
            Call(ticket: ticket, invocation: invocation, continuation: continuation, isAlone: isAlone)
        }

        /// What it is about, for those who ask again.
        var about: About {
            About(handler: invocation.handler, event: invocation.event.id, account: invocation.account)
        }
    }

    struct About: Hashable {
        let handler: String
        let event: String
        let account: String
    }

    struct Worker {
        let number: Int
        var process: WorkerProcess?
        var look: AsyncStream<Void>.Continuation?
        var began: Instant?
        /// Whether it has said which limits are in force.
        var isConfined = false
        var isReady = false
        /// It gets nothing more to do.
        var isLeaving = false
        var left: Instant?
        var calls: [Int: Call] = [:]
        /// Whether it gets nothing to do but one that is to be alone.
        var isReserved = false
    }

    /// Invocations of one process at once.
    static let mostCalls = 32
    private static let mostDeadly = 1000

    /// Those who wait for a worker with room, and those who wait for one of their own.
    var waiting: ArraySlice<Call> = []
    var suspects: ArraySlice<Call> = []
    /// What workers have died of. The next one that is asked it is asked nothing else meanwhile.
    private var deadly: Set<About> = []
    var workers: [Int: Worker] = [:]
    private(set) var declarations: [HandlerDeclaration] = []
    private var isolation: Isolation?
    private var problem = ""
    var isOver = false
    var isRetired = false
    private var lastTicket = 0
    var lastWorker = 0
    /// The worker that is to take over from all before it once it is ready.
    private var successor: Int?
    var failures = 0
    var nextStart: Instant?
    var isToTryAgain = false
    private var invocations = 0
    private var deaths = 0

    mutating func draw() -> Int {
        lastTicket += 1
        return lastTicket
    }

    func process(_ id: Int) -> WorkerProcess? { workers[id]?.process }

    /// Whether it has something that may take too long.
    func isBusy(_ id: Int) -> Bool {
        workers[id].map { !$0.isReady || !$0.calls.isEmpty || $0.isLeaving } ?? false
    }

    func status(of name: String) -> BotStatus {
        let ready = workers.values.filter(\.isReady)
        return BotStatus(
            name: name, state: ready.isEmpty ? (problem.isEmpty ? .idle : .failing) : .running,
            pids: ready.compactMap { $0.process?.pid }.sorted(), handlers: declarations.map(\.name),
            invocations: invocations, deaths: deaths, problem: problem, isolation: isolation)
    }

    // MARK: What happens

    mutating func take(
        _ ticket: Int, _ invocation: Invocation, _ continuation: Continuation
    ) -> [Effect] {
        if isOver { return [.answer(continuation, .cancelled)] }
        let call = Call(
            ticket: ticket, invocation: invocation, continuation: continuation, isAlone: false)
        if deadly.contains(call.about) {
            suspects.append(call.anew(isAlone: true))
        } else {
            waiting.append(call)
        }
        return []
    }

    mutating func began(
        _ id: Int, _ process: WorkerProcess, _ look: AsyncStream<Void>.Continuation, now: Instant
    ) -> [Effect] {
        workers[id]?.process = process
        workers[id]?.look = look
        workers[id]?.began = now
        return isOver ? [.kill(process, reason: "the program ends")] : [.watch(look)]
    }

    mutating func isolated(_ id: Int, _ found: Isolation) -> [Effect] {
        // The first word is ours; after that it is the bot that speaks.
        if workers[id]?.isConfined == false { isolation = found }
        workers[id]?.isConfined = true
        return []
    }

    mutating func hello(_ id: Int, version: Int, _ handlers: [HandlerDeclaration]) -> [Effect] {
        guard let worker = workers[id], let process = worker.process else { return [] }
        guard version == WorkerMessage.version else {
            return [
                .kill(
                    process,
                    reason:
                        "it speaks version \(version) of the protocol, and this is \(WorkerMessage.version)")
            ]
        }
        guard !worker.isReady else { return [.kill(process, reason: "it said hello twice")] }
        workers[id]?.isReady = true
        declarations = handlers
        problem = ""
        guard successor == id else { return [] }
        successor = nil
        return workers.keys.filter { $0 != id }.flatMap { leave($0) }
    }

    /// - Parameter id: who answers; nil for us.
    mutating func answer(
        _ ticket: Int, of id: Int?, _ result: InvocationResult, now: Instant
    ) -> [Effect] {
        guard let owner = id ?? workers.first(where: { $0.value.calls[ticket] != nil })?.key,
            // It comes from who was told to stop, and does not count any more.
            let call = workers[owner]?.calls.removeValue(forKey: ticket)
        else { return [] }
        failures = 0
        nextStart = nil
        invocations += 1
        deadly.remove(call.about)
        beginCounting(of: owner, after: ticket, now: now)
        if call.stopped != nil {
            let outcome = HandlerOutcome(error: "no answer within \(Self.words(call.invocation.timeout))")
            return [.answer(call.continuation, .outcome(outcome))]
        }
        return [.answer(call.continuation, result)]
    }

    mutating func ended(_ id: Int, _ reason: String, now: Instant) -> [Effect] {
        guard let worker = workers.removeValue(forKey: id) else { return [] }
        worker.look?.finish()
        if successor == id { successor = nil }
        guard !isOver else { return worker.calls.values.map { .answer($0.continuation, .cancelled) } }
        if worker.isLeaving {
            // It had been told to go, and may not have heard of the last of them.
            let calls = worker.calls.values.sorted { $0.ticket < $1.ticket }
            waiting = ArraySlice(calls.map { $0.anew(isAlone: false) } + waiting)
            return []
        }
        problem = reason
        failures += 1
        deaths += 1
        if failures > 1 { nextStart = now + Self.pause(after: failures) }
        guard worker.isReady else {
            // Without a process that is ready there is nobody to ask, and without one that can be there will not be.
            guard workers.isEmpty else { return [] }
            defer { (waiting, suspects) = ([], []) }
            return (suspects + waiting).map { .answer($0.continuation, .unavailable(reason: reason)) }
        }
        let calls = worker.calls.values.sorted { $0.ticket < $1.ticket }
        if calls.count == 1, let call = calls.first {
            if deadly.count < Self.mostDeadly { deadly.insert(call.about) }
            return [.answer(call.continuation, .lost(reason: reason))]
        }
        // Nobody knows which of them it was: each is asked again by itself.
        suspects = ArraySlice(calls.map { $0.anew(isAlone: true) } + suspects)
        return []
    }

    mutating func withdraw(_ ticket: Int) -> [Effect] {
        if let place = waiting.firstIndex(where: { $0.ticket == ticket }) {
            return [.answer(waiting.remove(at: place).continuation, .cancelled)]
        }
        if let place = suspects.firstIndex(where: { $0.ticket == ticket }) {
            return [.answer(suspects.remove(at: place).continuation, .cancelled)]
        }
        for (id, worker) in workers {
            guard let call = workers[id]?.calls.removeValue(forKey: ticket) else { continue }
            return [.answer(call.continuation, .cancelled)]
                + (worker.process.map { [.send(.cancel(id: ticket), to: $0, ticket: ticket)] } ?? [])
        }
        return []
    }

    mutating func replace() -> [Effect] {
        failures = 0
        nextStart = nil
        guard !workers.isEmpty else { return [] }
        let id = add()
        successor = id
        return [.start(id)]
    }

    mutating func retire() -> [Effect] {
        isRetired = true
        return []
    }

    mutating func end() -> [Effect] {
        isOver = true
        let calls = suspects + waiting + workers.values.flatMap(\.calls.values)
        (waiting, suspects) = ([], [])
        for id in workers.keys { workers[id]?.calls = [:] }
        return calls.map { .answer($0.continuation, .cancelled) }
            + workers.values.compactMap { worker in
                worker.process.map { .kill($0, reason: "the program ends") }
            }
    }

    /// Looks whether something takes too long.
    mutating func check(
        _ id: Int, used: ProcessorTime?, most: Duration?, hello: Duration, grace: Duration, leaving: Duration,
        now: Instant
    ) -> [Effect] {
        guard let worker = workers[id], let process = worker.process else { return [] }
        if !worker.isReady, let began = worker.began, now - began > hello {
            return [.kill(process, reason: "it did not say hello within \(hello.components.seconds) s")]
        }
        if worker.isLeaving, worker.calls.isEmpty {
            let left = worker.left ?? now
            workers[id]?.left = left
            return now - left > leaving ? [.kill(process, reason: "it did not leave")] : []
        }
        var effects: [Effect] = []
        for (ticket, call) in worker.calls where call.began != nil {
            let timeout = call.invocation.timeout
            if let used = used?.total {
                let before = call.used ?? used
                workers[id]?.calls[ticket]?.used = before
                if let most, used - before > most {
                    return [
                        .kill(
                            process, reason: "\(call.invocation.handler) used more processor time than it may"
                        )
                    ]
                }
            }
            if let stopped = call.stopped {
                guard now - stopped > grace else { continue }
                return [
                    .kill(
                        process,
                        reason:
                            "\(call.invocation.handler) gave no answer within \(Self.words(timeout)), and did not stop when told"
                    )
                ]
            } else if let began = call.began, now - began > .seconds(timeout) {
                workers[id]?.calls[ticket]?.stopped = now
                effects.append(.send(.cancel(id: ticket), to: process, ticket: ticket))
            }
        }
        return effects
    }

    /// Nothing, a tenth of a second, and so on to ten seconds.
    private static func pause(after failures: Int) -> Duration {
        .milliseconds(min(10_000, 100 << min(10, max(0, failures - 2))))
    }

    private static func words(_ seconds: Double) -> String {
        seconds == seconds.rounded() ? "\(Int(seconds)) s" : "\(seconds) s"
    }
}
