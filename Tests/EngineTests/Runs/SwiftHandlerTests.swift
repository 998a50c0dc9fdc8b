import BotKit
import BotKitTesting
import Engine
import Synchronization
import Testing

private enum Desk: BotKit.Bot {
    static let handlers = [
        Handler("Desk.hear", on: .messages()) { context in
            switch context.text {
            case "book":
                let day = try context.ask("day", "Which day?", for: .day)
                let people = try context.ask("people", "How many?", for: .whole(in: 1...12))
                let drink = try context.ask("drink", "Tea or coffee?", for: .choice(["tea", "coffee"]))
                let isSure = try context.ask("sure", "Sure?", for: .yesOrNo)
                context.reply("\(people) at \(day.seconds) with \(drink): \(isSure)")
            case "count":
                let count = (context.botMemory["count"]?.asInt ?? 0) + 1
                context.botMemory["count"] = Value(count)
                try context.chatMemory.set("all", to: (1...count).map { "\($0)" })
                context.reply("\(count)")
            case "fail":
                context.botMemory["count"] = 100
                context.reply("never said")
                throw Failure("no luck")
            case "wrong":
                context.botMemory["count"] = 100
                context.reply("never said")
                context.send("x", to: .person("nobody"))
            case "nameless":
                context.reply("never said")
                context.chatMemory["a name with blanks"] = 1
            case "empty": context.reply("")
            case "all": context.reply(try context.chatMemory.get("all", as: [String].self)?.joined() ?? "")
            case "tag":
                context.tag("vip")
                context.reply("tagged")
            case "tags": context.reply("\(context.sender?.tags ?? [])")
            case "quote": context.reply("quoted", quote: true, mention: true)
            case "twice":
                for _ in 1...2 { context.reply("only once", .once("twice")) }
            case "later":
                context.reply("at last", .at(context.now + .hours(1)))
                context.reply("not yet")
            default: break
            }
        }
    ]
}

private struct Host: HandlerHost {
    func invoke(_ invocation: Invocation) async -> InvocationResult {
        guard let handler = Desk.handlers.first(where: { $0.declaration.name == invocation.handler }) else {
            return .unavailable(reason: "there is no such handler")
        }
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        return .outcome(
            await handler.outcome(
                of: invocation, with: HandlerTools(http: .none, logger: logger, environment: [:])))
    }
}

/// What people test their bots with must not be kinder than what runs them.
@Suite(.timeLimit(.minutes(5))) struct `A bot in the engine` {
    private static let script = [
        "count", "count", "fail", "count", "wrong", "nameless", "empty", "all", "hello", "tag", "tags",
        "quote",
        "twice", "twice", "book", "some day", "tomorrow", "ninety", "99", "4", "milk", "2", "perhaps", "yes",
        "book", "2026-12-24", "7 people", "TEA", "no", "book", "cancel", "count", "later",
    ]

    @Test func `says what it says in a chat in memory`() async throws {
        let chat = try TestChat(Desk.self, with: "ann", now: start)
        let (network, clock) = (FakeNetwork(pageSize: 100), ManualClock(start))
        var file = try RulesFile.parse(Array("version: 1\nrules: []".utf8), secrets: FixedSecrets())
        #expect(file.take(subscriptionsOf: HandlerCatalog(Desk.handlers.map(\.declaration))).isEmpty)
        let rules = LiveRules(file.rules)
        try await withEngine(
            store: temporaryStorePath(), network: network, clock: clock,
            decider: RuleDecider(account: bot, rules: rules), handlers: (Host(), rules)
        ) { _ in
            for (number, text) in Self.script.enumerated() {
                // What fails here fails there, too: then neither has said anything.
                try? await chat.says(text)
                network.happen([message(number, in: "ann", text)])
                let count = chat.replies.count
                await network.until { $0.performed.count >= count }
            }
            try await chat.advance(by: .hours(1))
            clock.advance(by: .hours(1))
            let count = chat.replies.count
            await network.until { $0.performed.count >= count }
        }
        let said = network.state.withLock { state in
            state.performed.map { outgoing in
                if case .send(.text(let text), _) = outgoing.effect { text } else { "\(outgoing.effect)" }
            }
        }
        #expect(said == chat.replies)
        #expect(chat.replies.count == 27)
    }
}
