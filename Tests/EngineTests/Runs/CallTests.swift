import BotKit
import Engine
import Foundation
import Store
import Synchronization
import Testing

/// Handlers in memory: what they say to an invocation is up to the test.
private final class Handlers: HandlerHost {
    let asked = Mutex<[Invocation]>([])
    private let answer: @Sendable (Invocation) async -> InvocationResult

    init(_ answer: @escaping @Sendable (Invocation) async -> InvocationResult) { self.answer = answer }

    func invoke(_ invocation: Invocation) async -> InvocationResult {
        asked.withLock { $0.append(invocation) }
        return await answer(invocation)
    }

    /// They find order 7, once the gate is opened.
    static func behind(_ gate: Signal) -> Handlers {
        Handlers { _ in
            await gate.wait()
            return .outcome(found("7"))
        }
    }

    func untilAsked(_ count: Int) async {
        while asked.withLock({ $0.count < count }) { await Task.yield() }
    }
}

private struct Bot {
    let network = FakeNetwork(pageSize: 100)
    let clock = ManualClock(start)
    let path: String
    let rules: LiveRules

    init(_ rules: String, handlers: [HandlerDeclaration] = []) throws {
        path = try temporaryStorePath()
        var file = try RulesFile.parse(Array(("version: 1\nrules:\n" + rules).utf8), secrets: FixedSecrets())
        #expect(file.take(subscriptionsOf: HandlerCatalog(handlers)).isEmpty)
        self.rules = LiveRules(file.rules)
    }

    func run(_ handlers: Handlers, _ body: @escaping @Sendable (Store) async throws -> Void) async throws {
        try await withEngine(
            store: path, network: network, clock: clock, decider: RuleDecider(account: bot, rules: rules),
            handlers: (handlers, rules), body)
    }

    /// Runs it with a handler that has been asked for order 7, and answers when the gate is opened.
    @discardableResult
    func whileAsked(_ body: @escaping @Sendable (Store, Signal) async throws -> Void) async throws -> Handlers
    {
        let gate = Signal()
        let handlers = Handlers.behind(gate)
        try await run(handlers) { store in
            say(1, "order 7")
            await handlers.untilAsked(1)
            try await body(store, gate)
        }
        return handlers
    }

    func say(_ id: Int, _ text: String, in chat: ChatID = "ann") {
        network.happen([message(id, in: chat, text)])
    }

    func texts(in chat: ChatID) -> [String] {
        network.state.withLock { state in
            state.performed.compactMap {
                if case .send(.text(let text), _) = $0.effect, $0.chat == chat { text } else { nil }
            }
        }
    }

    func untilSaid(_ count: Int) async { await network.until { $0.performed.count >= count } }

    func untilQuiet(_ store: Store) async throws {
        while try await !store.undecided(of: bot, after: 0, limit: 1).isEmpty { await Task.yield() }
    }
}

private func found(_ number: String) -> HandlerOutcome {
    HandlerOutcome(value: .map(["number": .text(number), "state": .text("here")]))
}

/// Asks a handler for an order.
let orderRule = """
      - id: look
        when: { message: { matches: '^order (?<number>.*)$' } }
        then:
          - call: Orders.lookup
            with: { number: "{{ match.number }}" }
            save_as: order
            on_error: [ { reply: "sorry: {{ error.reason }}" } ]
          - reply: "{{ order.number }} is {{ order.state }}"
    """

@Suite(.timeLimit(.minutes(5))) struct `Calls of handlers` {
    @Test func `give rules a value, and take effect with it`() async throws {
        let bot = try Bot(orderRule)
        let handlers = Handlers { invocation in
            .outcome(
                HandlerOutcome(
                    value: .map([
                        "number": invocation.arguments["number"] ?? .missing, "state": .text("on its way"),
                    ]),
                    actions: [
                        HandlerAction(do: .reply, text: "One moment"), HandlerAction(do: .tag, text: "asker"),
                        HandlerAction(do: .send, text: "Somebody asks", to: "bob"),
                    ], memory: [MemoryChange(scope: .sender, name: "asked", value: .number(1))]))
        }
        try await bot.run(handlers) { store in
            let bob = Contact(id: "bob", kind: .private, name: "Bob", isFriend: true)
            _ = try await store.append(
                Changes(key: SyncKey(bytes: [0]), events: [], contacts: [bob], hasMore: false), to: "bot",
                now: start)
            bot.say(1, "order 7")
            await bot.untilSaid(3)
            try await bot.untilQuiet(store)
            let (tags, asked) = try await store.look(at: "bot", now: start) { state in
                (
                    try state.tags(of: "ann"),
                    try state.value(of: Variable(owner: .sender("ann"), name: "asked"))
                )
            }
            #expect(tags == ["asker"])
            #expect(asked == .number(1))
            #expect(try await store.waitingRuns(limit: 9).isEmpty)
        }
        #expect(bot.texts(in: "ann") == ["One moment", "7 is on its way"])
        #expect(bot.texts(in: "bob") == ["Somebody asks"])
        let invocation = try #require(handlers.asked.withLock { $0.first })
        #expect(invocation.event.text == "order 7")
        #expect(invocation.sender?.id == "ann")
        #expect(invocation.chat?.kind == .private)
    }

    @Test func `are made anew after a restart, and take effect once`() async throws {
        let bot = try Bot(orderRule)
        let silent = Handlers { _ in
            try? await Task.sleep(for: .seconds(3600))
            return .cancelled
        }
        try await bot.run(silent) { _ in
            bot.say(1, "order 7")
            await silent.untilAsked(1)
        }
        let handlers = Handlers { _ in .outcome(found("7")) }
        try await bot.run(handlers) { store in
            await bot.untilSaid(1)
            try await bot.untilQuiet(store)
        }
        #expect(bot.texts(in: "ann") == ["7 is here"])
        #expect(handlers.asked.withLock(\.count) == 1)
    }

    @Test func `leave nothing behind before a quick handler has answered`() async throws {
        let bot = try Bot(orderRule)
        try await bot.whileAsked { store, gate in
            #expect(try await store.waitingRuns(limit: 9).isEmpty)
            #expect(try await store.undecided(of: "bot", after: 0, limit: 9).map(\.event.id) == ["m1"])
            bot.clock.advance(by: .milliseconds(900))
            gate.ring()
            await bot.untilSaid(1)
            try await bot.untilQuiet(store)
            // The record is that of two decisions, each made when it was made.
            let asked = try #require(try await store.recordedEvent("m1", of: "bot"))
            let answered = try #require(try await store.recordedEvent("wake:m1/look:1:done", of: "bot"))
            #expect(asked.decided == start)
            #expect(answered.decided == start + .milliseconds(900))
            #expect(asked.trace.map(\.check).last == "then")
            #expect(answered.trace.map(\.check).contains("call"))
        }
        #expect(bot.texts(in: "ann") == ["7 is here"])
    }

    @Test(arguments: [false, true])
    func `are written down where the handler takes long, and can be ended`(isEnded: Bool) async throws {
        let bot = try Bot(orderRule + "\n  - { id: hi, when: { message: hi }, then: [ { reply: \"hi!\" } ] }")
        let gate = Signal()
        let handlers = Handlers.behind(gate)
        try await bot.run(handlers) { store in
            bot.say(1, "order 7")
            bot.say(2, "hi")
            await handlers.untilAsked(1)
            while try await store.waitingRuns(limit: 9).isEmpty {
                bot.clock.advance(by: .seconds(1))
                await Task.yield()
            }
            let run = try #require(try await store.waitingRuns(limit: 9).first?.run)
            #expect(run.id == "m1/look" && run.wait == .call(until: nil))
            #expect(try await store.recordedEvent("m1", of: "bot")?.decided == start)
            if isEnded {
                #expect(try await store.cancelRun(run.id, of: "bot", now: bot.clock.now))
                // Whoever looks next finds it.
                bot.say(3, "hi", in: "eve")
                await bot.network.until { $0.performed.contains { $0.chat == "ann" } }
            }
            gate.ring()
            await bot.untilSaid(2)
            try await bot.untilQuiet(store)
            #expect(try await store.waitingRuns(limit: 9).isEmpty)
        }
        #expect(bot.texts(in: "ann") == (isEnded ? ["hi!"] : ["7 is here", "hi!"]))
    }

    @Test func `come to an end by the rule that made them`() async throws {
        let bot = try Bot(orderRule)
        try await bot.whileAsked { store, gate in
            for text in ["one", "two"] {
                let other =
                    "version: 1\nrules: [ { id: look, when: { message: x }, then: [ { reply: \(text) } ] } ]"
                let file = try RulesFile.parse(Array(other.utf8), secrets: FixedSecrets())
                bot.rules.forget(except: try await store.hashesOfWaitingRuns(of: "bot"))
                bot.rules.replace(with: file.rules)
            }
            gate.ring()
            await bot.untilSaid(1)
            try await bot.untilQuiet(store)
        }
        #expect(bot.texts(in: "ann") == ["7 is here"])
    }

    @Test func `of a rule that is counted over all chats are seen in all`() async throws {
        let bot = try Bot(
            orderRule.replacing("    then:", with: "    mode: single\n    per: rule\n    then:"))
        let handlers = try await bot.whileAsked { store, gate in
            #expect(try await store.waitingRuns(limit: 9).count == 1)
            bot.say(2, "order 7", in: "eve")
            while try await store.recordedEvent("m2", of: "bot")?.decided == nil { await Task.yield() }
            gate.ring()
            await bot.untilSaid(1)
            try await bot.untilQuiet(store)
        }
        #expect(bot.texts(in: "ann") == ["7 is here"])
        #expect(handlers.asked.withLock(\.count) == 1)
    }

    @Test func `hold up their own chat, and no other`() async throws {
        let bot = try Bot(
            orderRule + "\n  - { id: hi, when: { message: hi }, then: [ { reply: \"hi!\" } ] }")
        let gate = Signal()
        let handlers = Handlers.behind(gate)
        try await bot.run(handlers) { store in
            bot.say(1, "order 7")
            bot.say(2, "hi")
            bot.say(3, "hi", in: "eve")
            await handlers.untilAsked(1)
            await bot.network.until { $0.performed.contains { $0.chat == "eve" } }
            #expect(bot.texts(in: "ann").isEmpty)
            gate.ring()
            await bot.untilSaid(3)
            try await bot.untilQuiet(store)
        }
        #expect(bot.texts(in: "ann") == ["7 is here", "hi!"])
    }

    @Test func `that kill their worker are given up after three, and everything else goes on`() async throws {
        let bot = try Bot(orderRule)
        let handlers = Handlers { invocation in
            invocation.arguments["number"] == .text("poison")
                ? .lost(reason: "signal 11") : .outcome(found("8"))
        }
        try await bot.run(handlers) { store in
            bot.say(1, "order poison")
            bot.say(2, "order 8")
            await bot.untilSaid(2)
            try await bot.untilQuiet(store)
            let left = try await store.quarantined(limit: 9)
            #expect(left.map(\.event) == ["m1"])
            #expect(left.map(\.reason) == ["signal 11"])
            #expect(left.map(\.rule) == ["look"])
        }
        #expect(bot.texts(in: "ann") == ["sorry: the handler died 3 times: signal 11", "8 is here"])
        #expect(handlers.asked.withLock { $0.map(\.attempt) } == [1, 2, 3, 1])
    }

    @Test func `that ask something are made again with the answer`() async throws {
        let bot = try Bot(
            "  - { id: r, when: { message: book }, then: [ { call: Visits.book, save_as: v }, { reply: \"for {{ v }}\" } ] }"
        )
        let handlers = Handlers { invocation in
            guard let people = invocation.answers?["people"] else {
                return .outcome(
                    HandlerOutcome(
                        actions: [HandlerAction(do: .reply, text: "never said")],
                        ask: HandlerQuestion(
                            name: "people", text: "How many?", expect: "number", between: [1, 12])))
            }
            return .outcome(HandlerOutcome(value: people))
        }
        try await bot.run(handlers) { store in
            bot.say(1, "book")
            await bot.untilSaid(1)
            bot.say(2, "ninety")
            await bot.untilSaid(2)
        }
        // The question is still open after a restart.
        try await bot.run(handlers) { store in
            bot.say(3, "we are 4")
            await bot.untilSaid(3)
            try await bot.untilQuiet(store)
            #expect(try await store.waitingRuns(limit: 9).isEmpty)
        }
        let texts = bot.texts(in: "ann")
        #expect(texts.first == "How many?")
        #expect(texts.last == "for 4")
        #expect(texts.count == 3)
    }

    @Test func `count right although many count at once`() async throws {
        let bot = try Bot("  - { id: r, when: { message: count }, then: [ { call: Counter.next } ] }")
        let handlers = Handlers { invocation in
            var count = Decimal(0)
            if case .number(let before) = invocation.memory.bot["count"] { count = before }
            await Task.yield()
            return .outcome(
                HandlerOutcome(memory: [MemoryChange(scope: .bot, name: "count", value: .number(count + 1))]))
        }
        try await bot.run(handlers) { store in
            for number in 1...50 { bot.say(number, "count", in: ChatID("chat\(number % 10)")) }
            while try await store.look(
                at: "bot", now: start,
                { try $0.value(of: Variable(owner: .bot, name: "count")) }) != .number(50)
            {
                await Task.yield()
            }
            try await bot.untilQuiet(store)
            #expect(try await store.waitingRuns(limit: 99).isEmpty)
        }
    }

    @Test func `happen without a rule where a handler wants to hear of something`() async throws {
        let bot = try Bot(
            "  - { id: hi, when: { message: hi }, then: [ { reply: hello } ] }",
            handlers: [
                HandlerDeclaration(
                    name: "Log.all",
                    on: [Subscription(event: .message), Subscription(event: .timer, every: 60)])
            ])
        let handlers = Handlers { invocation in
            .outcome(
                HandlerOutcome(
                    actions: invocation.event.kind == "text"
                        ? [HandlerAction(do: .reply, text: "noted \(invocation.event.text ?? "")")] : []))
        }
        try await bot.run(handlers) { store in
            bot.say(1, "hi")
            bot.say(2, "anything")
            await bot.untilSaid(3)
            try await bot.untilQuiet(store)
        }
        #expect(bot.texts(in: "ann").sorted() == ["hello", "noted anything", "noted hi"])
        // What bots want to hear of is no rule of the file.
        #expect(bot.rules.current.count == 1)
    }
}
