package import BotKit
package import Logging
import ServiceLifecycle
package import Store
import Synchronization

/// Has handlers asked what runs wait for, one at a time in a chat, and hands what they say on to be decided. Whatever it
/// held when the program ended is asked anew: nothing of it has taken effect.
package final class HandlerCalls: Service {
    /// How often an event is given to a handler that dies of it.
    private static let mostDeaths = 3
    /// How often a handler is looked for that is not there.
    private static let mostSearches = 5

    private let account: AccountID
    private let rules: LiveRules
    private let store: Store
    private let host: any HandlerHost
    private let clock: any WallClock
    private let logger: Logger
    private let answers: HandlerAnswers

    private struct State {
        /// Those of each busy chat that wait behind the one that is being asked.
        var lanes: [ChatID: [WaitingCall]] = [:]
        var known: Set<WaitingCall> = []
        var ready: [WaitingCall] = []
    }

    private let state = Mutex(State())
    private let moved = Signal()
    private let searches = Backoff(first: .milliseconds(500), most: .seconds(8))

    /// - Parameter answers: where what they say is put down.
    package init(
        account: AccountID, rules: LiveRules, store: Store, host: any HandlerHost, clock: any WallClock,
        logger: Logger, answers: HandlerAnswers
    ) {
        self.account = account
        self.rules = rules
        self.store = store
        self.host = host
        self.clock = clock
        self.logger = logger
        self.answers = answers
    }

    /// Takes calls over that runs have begun to wait for.
    package func take(_ calls: [WaitingCall]) {
        if calls.isEmpty { return }
        state.withLock { state in
            for call in calls where state.known.insert(call).inserted {
                if call.chat != .none, state.lanes[call.chat] != nil {
                    state.lanes[call.chat]?.append(call)
                } else {
                    state.lanes[call.chat] = []
                    state.ready.append(call)
                }
            }
        }
        moved.ring()
    }

    /// Asks until shut down.
    package func run() async throws {
        take(try await store.waitingCalls(of: account))
        try await untilShutdown {
            try await withThrowingDiscardingTaskGroup { group in
                while !Task.isCancelled {
                    let calls = self.takeReady()
                    if calls.isEmpty { await self.moved.wait() }
                    for (call, request) in zip(calls, try await self.requests(of: calls)) {
                        group.addTask { try await self.ask(request, for: call) }
                    }
                }
            }
        }
    }

    private func takeReady() -> [WaitingCall] {
        state.withLock { state in
            defer { state.ready = [] }
            return state.ready
        }
    }

    /// What is to be asked for each; nil where that is not known any more.
    private func requests(of calls: [WaitingCall]) async throws -> [HandlerRequest?] {
        let atHand = calls.map { ($0.first?.run.state as? LiveRunState)?.request }
        if atHand.allSatisfy({ $0 != nil }) { return atHand }
        let (account, now, rules) = (account, clock.now, rules.current)
        return try await store.look(at: account, now: now) { state in
            try zip(calls, atHand).map { call, request in
                try request
                    ?? rules.invocation(of: call.run, turn: call.turn, account: account, now: now, state)
            }
        }
    }

    /// Asks for a run, and has the next in its chat asked.
    private func ask(_ request: HandlerRequest?, for call: WaitingCall) async throws {
        if let request {
            guard let (outcome, quarantine) = try await outcome(of: request, for: call) else { return }
            answers.add(CallAnswer(outcome, to: call, quarantine: quarantine))
        } else {
            // Either it waits for something else by now, or nobody knows what it was to ask.
            let reason = "it is not known any more what was to be asked"
            answers.add(CallAnswer(.failed(reason: reason), to: call))
        }
        state.withLock { state in
            state.known.remove(call)
            guard call.chat != .none, let waiting = state.lanes[call.chat], let next = waiting.first else {
                state.lanes[call.chat] = nil
                return
            }
            state.lanes[call.chat] = Array(waiting.dropFirst())
            state.ready.append(next)
        }
        moved.ring()
    }

    /// Asks until there is an answer or no hope of one.
    ///
    /// - Returns: nil if the program ends first.
    private func outcome(
        of request: HandlerRequest, for call: WaitingCall
    ) async throws -> (RunWake.Outcome, QuarantinedCall?)? {
        var invocation = request.invocation
        var (retries, deaths, failedSearches) = (request.retries, 0, 0)
        while true {
            switch await host.invoke(invocation) {
            case .outcome(let outcome):
                guard outcome.error != nil, outcome.retry == true, retries > 0 else {
                    return (.done(answer: CallResult(outcome, of: invocation).json), nil)
                }
                retries -= 1
                try await clock.sleep(for: searches.delay(after: request.retries - retries))
            case .lost(let reason):
                deaths += 1
                let about = "\(invocation.handler) for \(invocation.event.id)"
                logger.warning("the worker died of \(about), time \(deaths): \(reason)")
                guard deaths < Self.mostDeaths else {
                    return (
                        .failed(reason: "the handler died \(deaths) times: \(traced(reason))"),
                        QuarantinedCall(
                            account: account, time: clock.now, handler: invocation.handler,
                            event: invocation.event.id, rule: Self.rule(of: call), reason: reason)
                    )
                }
            case .unavailable(let reason):
                failedSearches += 1
                guard failedSearches < Self.mostSearches else {
                    logger.error("\(invocation.handler) cannot be asked: \(reason)")
                    return (.failed(reason: traced(reason)), nil)
                }
                try await clock.sleep(for: searches.delay(after: failedSearches))
            case .cancelled: return nil
            }
            invocation.attempt += 1
        }
    }

    /// A run is named after its event and its rule.
    private static func rule(of call: WaitingCall) -> String {
        call.run.lastIndex(of: "/").map { String(call.run[$0...].dropFirst()) } ?? ""
    }
}
