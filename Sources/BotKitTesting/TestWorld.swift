import BotKit
import Foundation
import Synchronization

/// Something that happens in a test.
struct TestEvent: Sendable {
    let facts: EventFacts
    let chat: ChatFacts?
    let person: PersonID?
}

/// A handler that is being asked.
struct TestCall: Sendable {
    let handler: String
    let arguments: [String: Value]
    let event: TestEvent
    var retries = 0
    var answers: [String: Value] = [:]
}

/// All that a bot can see and change, in memory.
final class TestWorld: Sendable {
    struct State: Sendable {
        var now: Timestamp
        var events = 0
        var people: [PersonID: SenderFacts] = [:]
        var rooms: [String] = []
        var memory: [Owner: [String: Remembered]] = [:]
        var sent: [(chat: String, message: SentMessage)] = []
        var questions: [OpenQuestion] = []
        var timers: [Timer] = []
        var newFriends: Set<PersonID> = []
        var outcome = Outcome()
    }

    struct Timer: Sendable {
        let handler: String
        let interval: Duration
        var next: Timestamp
    }

    enum Owner: Hashable, Sendable {
        case chat(String), sender(String), bot
    }

    struct Remembered: Sendable {
        let value: Value
        let until: Timestamp?
    }

    /// What is only looked at by tests.
    struct Outcome: Sendable {
        var result: Value?
        var emitted: [EmittedTestEvent] = []
        var alerts: [String] = []
        var declined: Set<PersonID> = []
        var invitations: [String] = []
    }

    let handlers: [Handler]
    let log = TestLog()
    private let tools: HandlerTools
    private let state: Mutex<State>

    init(_ handlers: [Handler], environment: [String: String], http: HTTP, now: Timestamp) {
        self.handlers = handlers
        tools = HandlerTools(
            http: http, logger: Logger(label: "bot") { [log] _ in TestLogHandler(log) },
            environment: environment)
        var state = State(now: now)
        for declaration in handlers.map(\.declaration) {
            for interval in (declaration.on ?? []).filter({ $0.event == .timer }).compactMap(\.every) {
                let interval = Duration.seconds(interval)
                state.timers.append(
                    Timer(handler: declaration.name, interval: interval, next: now + interval))
            }
        }
        self.state = Mutex(state)
    }

    func withState<Result: Sendable>(_ body: (inout sending State) throws -> Result) rethrows -> Result {
        try state.withLock { try body(&$0) }
    }

    // MARK: Asking handlers

    /// Lets an event happen: an open question takes it, or else every handler that wants to hear of such a thing.
    func happen(_ event: TestEvent, for isWanted: (Subscription) -> Bool) async throws {
        if let question = takeQuestion(for: event) { return try await answer(question, with: event) }
        var failure: (any Error)?
        for declaration in handlers.map(\.declaration) where (declaration.on ?? []).contains(where: isWanted)
        {
            do {
                try await call(TestCall(handler: declaration.name, arguments: [:], event: event))
            } catch {
                // One that fails leaves the others alone.
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
    }

    /// Asks a handler, and does what it wants.
    @discardableResult
    func call(_ call: TestCall) async throws -> Value? {
        guard let handler = handlers.first(where: { $0.declaration.name == call.handler }) else {
            throw Failure("the bot has no handler '\(call.handler)'")
        }
        var attempt = 1
        while true {
            let invocation = try passed(invocation(for: call, attempt: attempt))
            let outcome = try passed(await handler.outcome(of: invocation, with: tools))
            guard let error = outcome.error else {
                if let question = outcome.ask {
                    try ask(OpenQuestion(question: question, call: call))
                    return nil
                }
                try withState { state in try state.take(outcome, of: call.event) }
                return outcome.value
            }
            guard outcome.retry == true, attempt <= call.retries else {
                throw Failure(error, retry: outcome.retry ?? false)
            }
            attempt += 1
        }
    }

    /// What is left of something after the way between Conure and a bot's process.
    private func passed<Message: Codable>(_ message: Message) throws -> Message {
        let frame = try JSONEncoder().encode(message)
        guard frame.count <= WorkerMessage.maximumLength else {
            throw Failure("\(frame.count) bytes are too much for one invocation")
        }
        return try JSONDecoder().decode(Message.self, from: frame)
    }

    private func invocation(for call: TestCall, attempt: Int) -> Invocation {
        withState { state in
            let event = call.event
            return Invocation(
                handler: call.handler, arguments: call.arguments, account: "bot", event: event.facts,
                chat: event.chat, sender: event.person.flatMap { state.people[$0] },
                memory: MemorySnapshot(
                    chat: event.chat.map { state.memory(of: .chat($0.id)) } ?? [:],
                    sender: event.person.map { state.memory(of: .sender($0.rawValue)) } ?? [:],
                    bot: state.memory(of: .bot)),
                answers: call.answers.isEmpty ? nil : call.answers, now: state.now.wire,
                seed: UInt64(state.events), attempt: attempt)
        }
    }

    // MARK: Time

    func advance(by length: Duration) async throws {
        let end = now + length
        var failure: (any Error)?
        while true {
            let due: Timer? = withState { state in
                guard
                    let index = state.timers.indices.min(by: { state.timers[$0].next < state.timers[$1].next }
                    ),
                    state.timers[index].next <= end
                else { return nil }
                let due = state.timers[index]
                state.now = max(state.now, due.next)
                state.timers[index].next = due.next + due.interval
                return due
            }
            guard let due else { break }
            do {
                try await call(
                    TestCall(
                        handler: due.handler, arguments: [:],
                        event: TestEvent(facts: event("schedule", text: nil), chat: nil, person: nil)))
            } catch {
                failure = failure ?? error
            }
        }
        withState { $0.now = end }
        if let failure { throw failure }
    }
}
