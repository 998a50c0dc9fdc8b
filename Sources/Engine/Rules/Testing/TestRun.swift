import BotKit
import Foundation
import Store

/// Plays a test: what happens first, and whatever follows from that, on a clock that jumps over all waits.
struct TestRun {
    let test: RuleTest
    let rules: RuleSet
    let state: MemoryState

    private var number = 0
    private var events: [Event] = []
    private var answers: [String] = []
    private var decisions: [Decision] = []
    /// What runs have put into the outbox and wait for, by run.
    private var awaited: [String: Effect] = [:]

    /// Rules that never come to an end come to this one.
    private static let most = 200

    init(test: RuleTest, rules: RuleSet, state: MemoryState) {
        self.test = test
        self.rules = rules
        self.state = state
    }

    /// The decisions about all that happens, the first event's first.
    mutating func play() throws -> [Decision] {
        answers = test.answers
        happen(test.body)
        while decisions.count < Self.most, let event = next() { try decide(event) }
        return decisions
    }

    private mutating func happen(_ body: Event.Body) {
        number += 1
        events.append(
            Event(
                id: EventID("test-\(number)"), chat: isSomewhere ? ChatID(test.chat.id) : .none,
                chatKind: isSomewhere ? test.chat.kind : .private, time: state.now, body: body))
    }

    /// A time comes to nobody and nowhere.
    private var isSomewhere: Bool { if case .scheduled = test.body { false } else { true } }

    /// What happens next: what follows at once, what somebody answers, and what time brings.
    private mutating func next() -> Event? {
        if events.isEmpty { goOn() }
        return events.isEmpty ? nil : events.removeFirst()
    }

    private mutating func goOn() {
        if let run = state.nextTurn() { return wake(run, .turn) }
        let runs = state.open.all
        for run in runs {
            switch run.wait {
            case .action: return wake(run, outcome(of: run))
            case .call: return wake(run, outcomeOfCall(by: run))
            case .turn, .time, .answer: break
            }
        }
        let isAsked = runs.contains { if case .answer = $0.wait { true } else { false } }
        if isAsked, !answers.isEmpty { return answer() }
        let due = runs.compactMap { run in run.wait.due.map { (run, $0) } }.min { $0.1 < $1.1 }
        if let (run, time) = due {
            state.now = max(state.now, time)
            return wake(run, .time)
        }
        if !answers.isEmpty { answer() }
    }

    private mutating func answer() {
        happen(.message(Message(sender: PersonID(test.sender.id), content: .text(answers.removeFirst()))))
    }

    private mutating func wake(_ run: WaitingRun, _ outcome: RunWake.Outcome) {
        happen(.wake(RunWake(run: run.id, turn: run.turn, outcome: outcome)))
    }

    private func outcome(of run: WaitingRun) -> RunWake.Outcome {
        guard case .callWebhook(let request)? = awaited[run.id] else { return .done(answer: "") }
        switch test.webhooks[request.webhook] ?? .answer(WebhookAnswer(status: 200, body: "")) {
        case .answer(let answer):
            let json = (try? JSONEncoder().encode(answer)).map { String(decoding: $0, as: UTF8.self) }
            return .done(answer: json ?? "")
        case .failure(let reason): return .failed(reason: reason)
        }
    }

    private func outcomeOfCall(by run: WaitingRun) -> RunWake.Outcome {
        guard
            let request = try? rules.invocation(
                of: run.id, turn: run.turn, account: "test", now: state.now, state)
        else { return .failed(reason: "the handler cannot be asked") }
        let name = request.invocation.handler
        guard let outcome = test.handlers[name] else {
            return .failed(reason: "the test does not say under 'handler' what \(name) says")
        }
        return .done(answer: CallResult(outcome, of: request.invocation).json)
    }

    private mutating func decide(_ event: Event) throws {
        let isTheirs = if case .emitted = event.body { false } else { true }
        let circumstances = Circumstances(
            account: "test", sender: isTheirs && isSomewhere ? test.sender : nil,
            chat: isSomewhere ? test.chat : nil, now: state.now)
        let decision = try rules.decide(event, in: circumstances, state, tracing: .everything)
        state.apply(decision, of: event)
        decisions.append(decision)
        for case .waits(let run) in decision.runs {
            guard case .action(let index, _) = run.wait, decision.actions.indices.contains(index),
                case .perform(let effect, _, _, _) = decision.actions[index]
            else { continue }
            awaited[run.id] = effect
        }
        for emitted in decision.emitted { happen(.emitted(emitted)) }
    }
}
