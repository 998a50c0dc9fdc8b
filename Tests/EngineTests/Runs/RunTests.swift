import BotKit
import Engine
import Foundation
import Store
import Synchronization
import Testing

/// The whole engine with real rules, on a store that can be opened again.
private struct Bot {
    let network = FakeNetwork(pageSize: 100)
    let clock = ManualClock(start)
    let path: String
    let rules: LiveRules

    init(_ rules: String) throws {
        path = try temporaryStorePath()
        self.rules = LiveRules(try Self.file(rules).rules)
    }

    static func file(_ rules: String) throws -> RulesFile {
        try RulesFile.parse(Array(("version: 1\nrules:\n" + rules).utf8), secrets: FixedSecrets())
    }

    func run(by other: LiveRules? = nil, _ body: @escaping @Sendable (Store) async throws -> Void)
        async throws
    {
        try await withEngine(
            store: path, network: network, clock: clock, decider: RuleDecider(account: bot, rules: rules),
            body)
    }

    func say(_ id: Int, _ text: String, in chat: ChatID = "ann") {
        network.happen([message(id, in: chat, text)])
    }

    /// What has left so far.
    var texts: [String] {
        network.state.withLock { state in
            state.performed.compactMap { if case .send(.text(let text), _) = $0.effect { text } else { nil } }
        }
    }

    func untilSaid(_ count: Int) async { await network.until { $0.performed.count >= count } }

    func untilWaiting(_ store: Store, _ count: Int) async throws {
        while try await store.waitingRuns(limit: 100).count != count { await Task.yield() }
    }

    func untilDecided(_ store: Store) async throws {
        while try await !store.undecided(of: bot, after: 0, limit: 1).isEmpty { await Task.yield() }
    }
}

@Suite(.timeLimit(.minutes(5))) struct `Runs that wait` {
    @Test func `go on after a restart where they were`() async throws {
        let bot = try Bot(
            """
              - id: r
                when: { message: { matches: '^remind me of (?<what>.*)$' } }
                then:
                  - reply: "I will."
                  - wait: 20m
                  - reply: "Think of {{ match.what }}, {{ sender.id }}!"
                  - wait: 1h30m
                  - reply: "Did you?"
            """)
        try await bot.run { store in
            bot.say(1, "remind me of milk")
            await bot.untilSaid(1)
            try await bot.untilWaiting(store, 1)
        }
        bot.clock.advance(by: .seconds(19 * 60))
        try await bot.run { store in
            try await bot.untilDecided(store)
            #expect(bot.texts == ["I will."])
            bot.clock.advance(by: .seconds(60))
            await bot.untilSaid(2)
        }
        // It is late when the program comes back.
        bot.clock.advance(by: .seconds(3 * 3600))
        try await bot.run { store in
            await bot.untilSaid(3)
            try await bot.untilWaiting(store, 0)
        }
        #expect(bot.texts == ["I will.", "Think of milk, ann!", "Did you?"])
    }

    @Test func `end on the rule that they began with`() async throws {
        let first =
            "  - { id: r, when: { message: go }, then: [ { wait: 1m }, { reply: old }, { wait: 1m }, { reply: older } ] }"
        let bot = try Bot(first)
        try await bot.run { store in
            bot.say(1, "go")
            try await bot.untilWaiting(store, 1)
            bot.rules.replace(
                with: try Bot.file("  - { id: r, when: { message: go }, then: [ { reply: new } ] }").rules)
            bot.clock.advance(by: .seconds(60))
            await bot.untilSaid(1)
            bot.rules.replace(
                with: try Bot.file("  - { id: other, when: { message: x }, then: [ { reply: y } ] }").rules)
            bot.clock.advance(by: .seconds(60))
            await bot.untilSaid(2)
            try await bot.untilWaiting(store, 0)
        }
        #expect(bot.texts == ["old", "older"])
    }

    @Test func `end on it after a restart too`() async throws {
        let bot = try Bot("  - { id: r, when: { message: go }, then: [ { wait: 1m }, { reply: old } ] }")
        let old = try Bot.file("  - { id: r, when: { message: go }, then: [ { wait: 1m }, { reply: old } ] }")
        let new = try Bot.file("  - { id: r, when: { message: go }, then: [ { wait: 2m }, { reply: new } ] }")
        try await bot.run { store in
            try await store.keepRules(
                old.text?.files ?? "", hash: old.text?.hash ?? "", of: "bot", now: bot.clock.now)
            bot.say(1, "go")
            try await bot.untilWaiting(store, 1)
        }
        let rules = LiveRules(new.rules)
        bot.clock.advance(by: .seconds(30))
        try await bot.run(by: rules) { store in
            try await store.keepRules(
                new.text?.files ?? "", hash: new.text?.hash ?? "", of: "bot", now: bot.clock.now)
            for text in try await store.formerRules(of: "bot") {
                rules.remember(try #require(RulesFile.former(text, secrets: FixedSecrets())))
            }
            bot.clock.advance(by: .seconds(30))
            await bot.untilSaid(1)
            try await bot.untilWaiting(store, 0)
            try await store.keepRules(
                new.text?.files ?? "", hash: new.text?.hash ?? "", of: "bot", now: bot.clock.now)
            #expect(try await store.formerRules(of: "bot").isEmpty)
        }
        #expect(bot.texts == ["old"])
    }

    @Test(arguments: [
        ("queued", ["a 1", "b 1", "a 2", "b 2", "a 3", "b 3"]), ("single", ["a 1", "b 1"]),
        ("restart", ["a 1", "a 2", "a 3", "b 3"]), ("parallel", ["a 1", "a 2", "a 3", "b 1", "b 2", "b 3"]),
        ("queued, max: 2", ["a 1", "b 1", "a 2", "b 2"]),
        ("queued, max: 2, overflow: drop_old", ["a 1", "b 1", "a 3", "b 3"]),
        ("parallel, max: 2, overflow: drop_old", ["a 1", "a 2", "a 3", "b 2", "b 3"]),
    ])
    func `do what the mode says where another has not ended`(mode: String, texts: [String]) async throws {
        let bot = try Bot(
            """
              - id: r
                when: { message: { matches: '^go (?<n>.)$' } }
                mode: \(mode.replacing(", ", with: "\n    "))
                then: [ { reply: "a {{ match.n }}" }, { wait: 1m }, { reply: "b {{ match.n }}" } ]
            """)
        try await bot.run { store in
            for number in 1...3 { bot.say(number, "go \(number)") }
            while try await store.recordedEvent("m3", of: "bot") == nil { await Task.yield() }
            try await bot.untilDecided(store)
            while let due = try await store.nextTimer(of: "bot") {
                bot.clock.advance(by: max(.zero, due - bot.clock.now))
                while try await store.nextTimer(of: "bot") == due { await Task.yield() }
                try await bot.untilDecided(store)
            }
            await bot.untilSaid(texts.count)
        }
        #expect(bot.texts == texts)
    }

    @Test func `wait for what becomes of a message that something is to be done about`() async throws {
        let bot = try Bot(
            """
              - id: r
                when: { message: go }
                then:
                  - send: { to: "user:Bob", text: "for Bob" }
                    on_error: [ { reply: "not told: {{ error.reason }}" } ]
                  - reply: done
            """)
        bot.network.state.withLock { $0.outcomes = [.refused(reason: "not a friend")] }
        let store = try Store(path: bot.path)
        try await store.open("bot", now: start)
        _ = try await store.append(
            Changes(
                key: SyncKey(bytes: [0]),
                contacts: [Contact(id: "bob", kind: .private, name: "Bob", isFriend: true)]), to: "bot",
            now: start)
        try await bot.run { store in
            bot.say(1, "go")
            await bot.untilSaid(3)
            try await bot.untilWaiting(store, 0)
        }
        #expect(bot.texts == ["for Bob", "not told: not a friend", "done"])
    }

    @Test func `give a question's answer to the run, and nothing twice`() async throws {
        let bot = try Bot(
            """
              - id: r
                when: { message: go }
                then: [ { ask: { text: "A?", save_as: a } }, { ask: { text: "B?", save_as: b } }, { reply: "{{ a }} {{ b }}" } ]
              - { id: s, when: { message: two }, then: [ { reply: two } ] }
            """)
        try await bot.run { store in
            bot.say(1, "go")
            await bot.untilSaid(1)
        }
        try await bot.run { store in
            // Both at once: the second is the next question's.
            bot.network.happen([
                message(2, in: "ann", "one"), message(3, in: "ann", "two"), message(4, in: "ann", "two"),
            ])
            await bot.untilSaid(4)
            try await bot.untilWaiting(store, 0)
        }
        #expect(bot.texts == ["A?", "B?", "one two", "two"])
    }

    @Test func `end when the owner or the rule's timeout says so`() async throws {
        let bot = try Bot(
            """
              - id: r
                when: { message: go }
                timeout: 5m
                then: [ { ask: { text: "A?", save_as: a, timeout: 1h } }, { reply: never } ]
                on_error: [ { reply: "{{ error.step }}" } ]
              - { id: s, when: { message: wait }, then: [ { wait: 1d }, { reply: never } ] }
            """)
        try await bot.run { store in
            bot.say(1, "go")
            await bot.untilSaid(1)
            bot.clock.advance(by: .seconds(301))
            await bot.untilSaid(2)
            try await bot.untilWaiting(store, 0)
            bot.say(3, "wait", in: "bea")
            try await bot.untilWaiting(store, 1)
            let run = try await store.waitingRuns(limit: 1)[0].run
            #expect(run.rule == "s")
            #expect(try await store.cancelRun(run.id, of: "bot", now: start))
            bot.say(4, "hello")
            try await bot.untilWaiting(store, 0)
        }
        #expect(bot.texts == ["A?", "timeout"])
        #expect(try await Store(path: bot.path).nextTimer(of: "bot") == nil)
    }

    @Test func `give their turn on although they end without waiting`() async throws {
        let bot = try Bot(
            """
              - id: r
                when: { message: { matches: '^go (?<n>.)$' } }
                then: [ { reply: "a {{ match.n }}" }, { stop: enough, if: { expr: "match.n == '2'" } }, { wait: 1m }, { reply: "b {{ match.n }}" } ]
            """)
        try await bot.run { store in
            for number in 1...4 { bot.say(number, "go \(number)") }
            while try await store.recordedEvent("m4", of: "bot") == nil { await Task.yield() }
            try await bot.untilDecided(store)
            while let due = try await store.nextTimer(of: "bot") {
                bot.clock.advance(by: max(.zero, due - bot.clock.now))
                while try await store.nextTimer(of: "bot") == due { await Task.yield() }
                try await bot.untilDecided(store)
            }
            await bot.untilSaid(7)
            try await bot.untilWaiting(store, 0)
        }
        #expect(bot.texts == ["a 1", "b 1", "a 2", "a 3", "b 3", "a 4", "b 4"])
    }

    @Test func `go on where the same has been said under the same key`() async throws {
        let bot = try Bot(
            """
              - id: r
                when: { message: go }
                then:
                  - send: { to: sender, text: "once", key: k }
                    on_error: [ { reply: "no" } ]
                  - reply: done
            """)
        try await bot.run { store in
            bot.say(1, "go")
            bot.say(2, "go")
            await bot.untilSaid(3)
            try await bot.untilWaiting(store, 0)
        }
        #expect(bot.texts.filter { $0 == "once" }.count == 1 && bot.texts.filter { $0 == "done" }.count == 2)
    }

    @Test func `wait again after they have taken too long`() async throws {
        let bot = try Bot(
            """
              - id: r
                when: { message: go }
                timeout: 1m
                then: [ { wait: 1h }, { reply: never } ]
                on_error:
                  - send: { to: "user:Nobody", text: x }
                    on_error: [ { log: x } ]
                  - wait: 1m
                  - reply: late
            """)
        try await bot.run { store in
            bot.say(1, "go")
            try await bot.untilWaiting(store, 1)
            bot.clock.advance(by: .seconds(60))
            while try await store.nextTimer(of: "bot") != start + .seconds(120) { await Task.yield() }
            bot.clock.advance(by: .seconds(60))
            await bot.untilSaid(1)
        }
        #expect(bot.texts == ["late"])
    }

    @Test func `are found in an index, however many there are`() async throws {
        let store = try Store(path: temporaryStorePath())
        try await store.open("bot", now: start)
        let decide: @Sendable (PendingEvent, StoredState) -> Decision = { pending, _ in
            Decision(runs: [
                .waits(
                    WaitingRun(
                        id: "\(pending.event.id.rawValue)/r", rule: "r", key: pending.event.chat.rawValue,
                        began: start, turn: 1,
                        wait: .answer(in: pending.event.chat, of: "ann", until: start + .seconds(60)),
                        hash: "h",
                        state: WrittenRunState("{}")))
            ])
        }
        for chat in ["a", "b"] {
            _ = try await store.append(
                message(chat == "a" ? 1 : 2, in: ChatID(chat), "x"), to: "bot", now: start)
        }
        _ = try await store.decide(
            try await store.undecided(of: "bot", after: 0, limit: 9), of: "bot", lifetime: .seconds(1),
            now: start,
            by: decide)
        // An index that is named and does not fit is an error of SQLite's.
        let found = try await store.look(at: "bot", now: start) { state in
            (
                try state.waitingRuns(of: "r", key: "a", limit: 9).map(\.id),
                try state.question(in: "b", of: "ann")?.id, try state.question(in: "b", of: "ben")?.id,
                try state.contacts(called: "Nobody", kind: .private)
            )
        }
        #expect(found.0 == ["m1/r"] && found.1 == "m2/r" && found.2 == nil && found.3.isEmpty)
    }

    @Test func `wait until the clock shows midnight`() async throws {
        let bot = try Bot(
            "  - { id: r, when: { message: go }, then: [ { wait: { until: \"24:00\" } }, { reply: x } ] }")
        try await bot.run { store in
            bot.say(1, "go")
            try await bot.untilWaiting(store, 1)
            let due = try #require(try await store.nextTimer(of: "bot"))
            #expect(due.seconds % 86_400 == 0 && due > start && due - start <= .seconds(86_400))
        }
    }
}
