import BotKit
import BotKitTesting
import Testing

private enum Desk: Bot {
    static let handlers = [
        Handler("Desk.book", "Books a table") { context -> [String: Value] in
            let day = try context.ask("day", "Which day?", for: .day)
            let people = try context.ask("people", "How many?", for: .whole(in: 1...12))
            let isSure = try context.ask("sure", "\(people) people: OK?", for: .yesOrNo)
            context.reply(isSure ? "Booked!" : "Cancelled.")
            return ["day": .time(day), "people": Value(people)]
        },
        Handler("Desk.pick") { context in
            // Catching the error does not unask the question.
            let drink = try? context.ask(
                "drink", "Tea or coffee?", for: .choice(["tea", "coffee"]), retries: 0)
            context.reply("\(drink ?? "nothing"), then")
        },
        Handler("Desk.count") { context -> Int in
            let count = (context.botMemory["count"]?.asInt ?? 0) + 1
            context.botMemory["count"] = Value(count)
            try context.senderMemory.set("last", to: count, for: .minutes(1))
            return context.botMemory["count"]?.asInt ?? 0
        },
        Handler("Desk.fail", takes: .flag("late", default: false)) { context, late in
            context.reply("never said")
            context.chatMemory["x"] = 1
            if late { return context.reply("") }
            throw Failure("no luck", retry: true)
        },
        Handler("Desk.third") { context in
            guard context.attempt == 3 else { throw Failure("not yet", retry: true) }
            context.reply("at last")
        },
        Handler("Desk.tick", on: .every(.minutes(5))) { context in
            context.send("tick", to: .room("Team"), .once("tick"))
            context.log.info("ticked", metadata: ["at": "\(context.now.seconds)"])
        },
        Handler("Desk.all", on: .messages(.image, .voice)) { context in
            context.reply("a nice \(context.event.kind)", quote: true)
        },
        Handler("Desk.act") { context in
            context.tag("vip")
            context.remark("Boss", on: .person("Ann"))
            context.alert("Ann is here")
            context.emit("arrived", ["who": "Ann"])
            context.invite(.sender, to: .room("Team"))
            context.reply("wrong")
            context.reply("later", .at(context.now + .hours(1), priority: .high))
        },
        Handler("Desk.recall") { context in context.recall() },
        Handler("Desk.dice") { context in
            var random = context.random
            context.reply("\(context.random.number(in: 1...6)) \([1, 2, 3, 4].shuffled(using: &random))")
            context.reply(context.random.pick(["a", "b"]) ?? "")
        },
        Handler("Desk.web") { context in
            try await context.http.get("http://nowhere.example").text
        },
    ]
}

@Suite(.timeLimit(.minutes(5))) struct `A chat in memory` {
    private let chat: TestChat

    init() throws { chat = try TestChat(Desk.self) }

    @Test func `takes the next message for the answer to a question`() async throws {
        #expect(try await chat.call("Desk.book") == nil)
        for text in ["2026-12-24", "we are 4", "yes"] { try await chat.says(text) }
        #expect(chat.replies == ["Which day?", "How many?", "4 people: OK?", "Booked!"])
        #expect(chat.lastResult?["people"] == 4)
        #expect(chat.lastResult?["day"].asTime == Timestamp(seconds: 1_798_070_400))
    }

    @Test func `asks again until there is an answer that can be used`() async throws {
        try await chat.call("Desk.book")
        for text in ["some day", "tomorrow", "90", "2.5", "3"] { try await chat.says(text) }
        #expect(
            chat.replies == [
                "Which day?", "Please answer with a date, such as tomorrow or 2026-11-28.", "How many?",
                "Please answer with a number from 1 to 12.", "How many?", "3 people: OK?",
            ])
        try await chat.says("cancel")
        try await chat.says("yes")
        #expect(chat.replies.count == 6)
    }

    @Test func `leaves a question to the one who was asked, and for as long as it is open`() async throws {
        let room = chat.room("Team")
        try await room.call("Desk.pick")
        try await room.says("1", as: "Bob")
        #expect(room.replies == ["Tea or coffee?"])
        try await room.says("2")
        #expect(room.replies == ["Tea or coffee?", "coffee, then"])
        try await room.call("Desk.pick")
        await #expect(throws: Failure("no answer that is one of the choices")) { try await room.says("milk") }
        try await room.call("Desk.pick")
        try await room.advance(by: .minutes(11))
        try await room.says("tea")
        #expect(room.replies.filter { $0 != "tick" }.count == 4)
    }

    @Test func `remembers, each thing where it belongs and for as long as it should`() async throws {
        #expect(try await chat.call("Desk.count") == 1)
        #expect(try await chat.other("Bob").call("Desk.count") == 2)
        #expect(chat.botMemory == ["count": 2])
        #expect(chat.senderMemory == ["last": 1])
        _ = chat.room("Team")
        try await chat.advance(by: .minutes(1))
        #expect(chat.senderMemory.isEmpty)
    }

    @Test func `has nothing of what a handler wanted that failed`() async throws {
        await #expect(throws: Failure("no luck", retry: true)) { try await chat.call("Desk.fail") }
        await #expect(throws: Failure("reply needs a text")) {
            try await chat.call("Desk.fail", with: ["late": true])
        }
        #expect(chat.replies.isEmpty)
        #expect(chat.memory.isEmpty)
    }

    @Test func `calls again what says that this helps, as often as it may`() async throws {
        await #expect(throws: Failure.self) { try await chat.call("Desk.third", retries: 1) }
        try await chat.call("Desk.third", retries: 2)
        #expect(chat.replies == ["at last"])
    }

    @Test func `moves its clock from timer to timer`() async throws {
        let room = chat.room("Team")
        let start = chat.now.seconds
        try await chat.advance(by: .minutes(12))
        #expect(chat.log == ["info: ticked at=\(start + 300)", "info: ticked at=\(start + 600)"])
        #expect(room.sent.map(\.text) == ["tick"])
        #expect(chat.now.seconds == start + 720)
    }

    @Test func `shows all that a handler has done`() async throws {
        let room = chat.room("Team")
        try await chat.sends(.image)
        try await chat.sends(.file)
        try await chat.call("Desk.act")
        #expect(chat.replies == ["a nice image", "wrong"])
        #expect(chat.tags == ["vip"])
        #expect(chat.remark == "Boss")
        #expect(chat.alerts == ["Ann is here"])
        #expect(chat.emitted == [EmittedTestEvent("arrived", ["who": "Ann"])])
        #expect(chat.invitations == ["Ann to Team"])
        #expect(room.replies.isEmpty)
        #expect(chat.scheduled.map(\.priority) == [.high])
        try await chat.call("Desk.recall")
        #expect(chat.replies == ["a nice image"])
    }

    @Test func `throws the same dice for the same event`() async throws {
        let other = try TestChat(Desk.self)
        for chat in [chat, other] { try await chat.call("Desk.dice") }
        #expect(chat.replies == other.replies)
        try await other.call("Desk.dice")
        #expect(chat.replies != Array(other.replies.dropFirst(2)))
    }

    @Test func `reaches no network by itself`() async throws {
        await #expect(throws: Failure("this test has nothing that answers GET http://nowhere.example")) {
            try await chat.call("Desk.web")
        }
    }

    @Test func `knows nobody who is not there`() async throws {
        await #expect(throws: Failure("no room is called Team")) { try await chat.call("Desk.act") }
        await #expect(throws: Failure("the bot has no handler 'Desk.none'")) {
            try await chat.call("Desk.none")
        }
        #expect(chat.tags.isEmpty)
    }
}
