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
        var began: Instant?
        /// When it was told to stop.
        var stopped: Instant?
        /// The processor time that the worker had used before.
        var used: Duration?
    }

    struct Worker {
        let number: Int
        var process: WorkerProcess?
        var look: AsyncStream<Void>.Continuation?
        var began: Instant?
        var isReady = false
        /// It gets nothing more to do.
        var isLeaving = false
        var left: Instant?
        var calls: [Int: Call] = [:]
        var isAlone: Bool { calls.values.contains(where: \.isAlone) }
    }

    /// Invocations of one process at once.
    private static let mostCalls = 32

    var waiting: [Call] = []
    private var workers: [Int: Worker] = [:]
    private(set) var declarations: [HandlerDeclaration] = []
    private var isolation: Isolation?
    private var problem = ""
    private(set) var isOver = false
    private var isRetired = false
    private var lastTicket = 0
    private var lastWorker = 0
    /// The worker that is to take over from all before it once it is ready.
    private var successor: Int?
    private var failures = 0
    private var nextStart: Instant?
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

    mutating func began(
        _ id: Int, _ process: WorkerProcess, _ look: AsyncStream<Void>.Continuation, now: Instant
    ) -> [Effect] {
        workers[id]?.process = process
        workers[id]?.look = look
        workers[id]?.began = now
        return isOver ? [.kill(process, reason: "the program ends")] : [.watch(look)]
    }

    mutating func isolated(_ id: Int, _ found: Isolation) -> [Effect] {
        isolation = found
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
    mutating func answer(_ ticket: Int, of id: Int?, _ result: InvocationResult) -> [Effect] {
        guard let owner = id ?? workers.first(where: { $0.value.calls[ticket] != nil })?.key,
            // It comes from who was told to stop, and does not count any more.
            let call = workers[owner]?.calls.removeValue(forKey: ticket)
        else { return [] }
        failures = 0
        nextStart = nil
        invocations += 1
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
        if worker.isLeaving, worker.calls.isEmpty { return [] }
        problem = reason
        failures += 1
        deaths += 1
        if failures > 1 { nextStart = now + Self.pause(after: failures) }
        guard worker.isReady else {
            // Without a process that is ready there is nobody to ask, and without one that can be there will not be.
            guard workers.isEmpty else { return [] }
            defer { waiting = [] }
            return waiting.map { .answer($0.continuation, .unavailable(reason: reason)) }
        }
        let calls = worker.calls.values.sorted { $0.ticket < $1.ticket }
        if calls.count == 1, let call = calls.first {
            return [.answer(call.continuation, .lost(reason: reason))]
        }
        // Nobody knows which of them it was: each is asked again by itself.
        waiting.insert(
            contentsOf: calls.map { call in
                var call = call
                (call.isAlone, call.began, call.stopped, call.used) = (true, nil, nil, nil)
                return call
            }, at: 0)
        return []
    }

    mutating func withdraw(_ ticket: Int) -> [Effect] {
        if let place = waiting.firstIndex(where: { $0.ticket == ticket }) {
            return [.answer(waiting.remove(at: place).continuation, .cancelled)]
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
        let calls = waiting + workers.values.flatMap(\.calls.values)
        waiting = []
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
        for (ticket, call) in worker.calls {
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

    // MARK: What follows

    /// Gives those who wait to workers that have room, and has new ones started where there is none.
    mutating func assign(concurrency: Int, now: Instant) -> [Effect] {
        if isOver { return [] }
        var effects: [Effect] = []
        var left: [Call] = []
        for call in waiting {
            guard let id = room(alone: call.isAlone), let process = workers[id]?.process else {
                left.append(call)
                continue
            }
            var call = call
            call.began = now
            workers[id]?.calls[call.ticket] = call
            effects.append(.send(.invoke(id: call.ticket, call.invocation), to: process, ticket: call.ticket))
            if workers[id]?.calls.count == 1, let look = workers[id]?.look { effects.append(.watch(look)) }
        }
        waiting = left
        let working = workers.values.filter { !$0.isLeaving }
        let isShort = !waiting.isEmpty || working.allSatisfy { !$0.calls.isEmpty }
        let hasWork = !waiting.isEmpty || working.contains { $0.calls.count > 1 }
        if isShort, hasWork, working.count < concurrency, working.allSatisfy(\.isReady) {
            if let nextStart, nextStart > now {
                if !isToTryAgain { effects.append(.tryAgain(at: nextStart)) }
                isToTryAgain = true
            } else {
                effects.append(.start(add()))
            }
        }
        if isRetired, waiting.isEmpty { for id in workers.keys { effects += leave(id) } }
        return effects
    }

    /// The worker with the least to do that can take one more.
    private func room(alone isAlone: Bool) -> Int? {
        workers.filter { _, worker in
            worker.isReady && !worker.isLeaving && !worker.isAlone
                && worker.calls.count < (isAlone ? 1 : Self.mostCalls)
        }.min { ($0.value.calls.count, $0.key) < ($1.value.calls.count, $1.key) }?.key
    }

    private mutating func add() -> Int {
        lastWorker += 1
        workers[lastWorker] = Worker(number: lastWorker)
        return lastWorker
    }

    private mutating func leave(_ id: Int) -> [Effect] {
        guard let worker = workers[id], !worker.isLeaving, let process = worker.process else { return [] }
        workers[id]?.isLeaving = true
        return [.send(.drain, to: process, ticket: 0)] + (worker.look.map { [.watch($0)] } ?? [])
    }

    /// Nothing, a tenth of a second, and so on to ten seconds.
    private static func pause(after failures: Int) -> Duration {
        .milliseconds(min(10_000, 100 << min(10, max(0, failures - 2))))
    }

    private static func words(_ seconds: Double) -> String {
        seconds == seconds.rounded() ? "\(Int(seconds)) s" : "\(seconds) s"
    }
}
