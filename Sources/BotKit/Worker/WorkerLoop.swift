import Foundation
import Synchronization

/// Does what Conure orders, many things at a time.
package struct WorkerLoop {
    private let handlers: [String: Handler]
    private let declarations: [HandlerDeclaration]
    private let channel: WorkerChannel
    private let environment = ProcessInfo.processInfo.environment

    package init(_ handlers: [Handler], _ channel: WorkerChannel) {
        declarations = handlers.map(\.declaration)
        self.handlers = Dictionary(
            handlers.map { ($0.declaration.name, $0) }, uniquingKeysWith: { first, _ in first })
        self.channel = channel
    }

    /// Runs until Conure says that it is enough, or is gone.
    ///
    /// - Parameter leave: called then, before handlers that are still at work have come to an end: nobody waits for them.
    package func run(leave: @Sendable () -> Void) async {
        channel.write(.hello(version: WorkerMessage.version, handlers: declarations))
        let (orders, end) = channel.orders()
        let atWork = AtWork()
        await withDiscardingTaskGroup { group in
            for await orders in orders {
                for order in orders {
                    switch order {
                    case .invoke(let id, let invocation):
                        let over = atWork.begin(id)
                        group.addTask {
                            await work(on: invocation, id, over)
                            if atWork.end(id) { end() }
                        }
                    case .cancel(let id): atWork.cancel(id)
                    case .drain: if atWork.drain() { end() }
                    }
                }
            }
            leave()
            group.cancelAll()
        }
    }

    private func work(on invocation: Invocation, _ id: Int, _ over: Over) async {
        let outcome = await withTaskGroup { group in
            group.addTask {
                defer { over.signal.finish() }
                return await self.outcome(of: invocation, id)
            }
            // Until it has come to its end, or is told to: Conure waits a moment for that, and kills who does not.
            for await _ in over.stream {}
            group.cancelAll()
            return await group.next()
        }
        if let outcome { channel.write(.outcome(id: id, outcome)) }
    }

    private func outcome(of invocation: Invocation, _ id: Int) async -> HandlerOutcome {
        guard let handler = handlers[invocation.handler] else {
            return HandlerOutcome(error: "this bot has no handler '\(invocation.handler)'")
        }
        let logger = Logger(label: invocation.handler) { _ in WorkerLog(channel: channel, invocation: id) }
        return await handler.outcome(
            of: invocation, with: HandlerTools(http: .network, logger: logger, environment: environment))
    }
}

/// Ends when an invocation has come to its end, or is to.
private typealias Over = (stream: AsyncStream<Never>, signal: AsyncStream<Never>.Continuation)

/// The invocations that are being worked on.
private final class AtWork: Sendable {
    private struct State {
        /// What ends each of them.
        var open: [Int: AsyncStream<Never>.Continuation] = [:]
        var isDraining = false
        var isOver: Bool { isDraining && open.isEmpty }
    }

    private let state = Mutex(State())

    func begin(_ id: Int) -> Over {
        let (stream, continuation) = AsyncStream<Never>.makeStream()
        state.withLock { $0.open[id] = continuation }
        return (stream, continuation)
    }

    func cancel(_ id: Int) { state.withLock { $0.open[id] }?.finish() }

    /// - Returns: whether that was the last thing to do.
    func end(_ id: Int) -> Bool {
        state.withLock { state in
            state.open.removeValue(forKey: id)?.finish()
            return state.isOver
        }
    }

    /// - Returns: whether there is nothing left to do.
    func drain() -> Bool {
        state.withLock { state in
            state.isDraining = true
            return state.isOver
        }
    }
}
