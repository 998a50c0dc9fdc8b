import BotKit
import BotKitTesting
import Testing

struct Orders: Bot {
    enum Way: String, CaseIterable { case air, sea }

    struct Price: Encodable {
        var total: Int
        var days: Int
    }

    static let handlers = [
        Handler(
            "Orders.price", "What a parcel costs",
            takes: .whole("weight"), .choice("way", of: Way.self, default: .sea), .optional(.text("note"))
        ) { context, weight, way, note in
            guard weight > 0 else { throw Failure("a parcel of \(weight) kg weighs nothing") }
            if let note { context.alert("\(context.sender?.name ?? "somebody") says: \(note)") }
            return Price(total: weight * (way == .air ? 9 : 2), days: way == .air ? 3 : 30)
        },
        Handler("Orders.visits", "Counts visits") { context in
            let visits = (context.senderMemory["visits"]?.asInt ?? 0) + 1
            context.senderMemory["visits"] = Value(visits)
            return visits
        },
        Handler("Orders.keep", takes: .texts("wishes")) { context, wishes in
            var list = try context.chatMemory.get("wishes", as: [String].self) ?? []
            list += wishes
            try context.chatMemory.set("wishes", to: list, for: .days(7))
        },
        Handler("Orders.book", "Books a table") { context in
            let day = try context.ask("day", "Which day?", for: .day)
            let people = try context.ask("people", "How many people?", for: .whole(in: 1...12))
            guard try context.ask("sure", "\(people) people. Shall I book?", for: .yesOrNo) else {
                return context.reply("Then not.")
            }
            try context.senderMemory.set("visit", to: day)
            context.reply("Booked!")
        },
        Handler("Orders.lookup", takes: .text("number")) { context, number in
            let shop = context.environment["SHOP_URL"] ?? "https://shop.example.com"
            let answer = try await context.http.get("\(shop)/orders/\(number)", timeout: .seconds(3))
            if answer.status == 404 { throw Failure("there is no order \(number)") }
            return try answer.checked().json()
        },
        Handler("Orders.opening", "Tells the room, once a day", on: .every(.minutes(10))) { context in
            let (day, hour) = (context.now.seconds / 86_400, context.now.seconds / 3600 % 24)
            guard hour >= 9 else { return }
            context.send("We are open!", to: .room("Team"), .once("open-\(day)"))
        },
    ]
}

@Suite struct `The bot Orders` {
    private let chat: TestChat

    init() throws { chat = try TestChat(Orders.self) }

    @Test func `knows what a parcel costs`() async throws {
        let price = try await chat.call("Orders.price", with: ["weight": 3, "way": "air", "note": "fragile"])
        #expect(price == ["total": 27, "days": 3])
        #expect(chat.alerts == ["Ann says: fragile"])
        await #expect(throws: Failure("a parcel of 0 kg weighs nothing")) {
            try await chat.call("Orders.price", with: ["weight": 0])
        }
    }

    @Test func `remembers`() async throws {
        try await chat.call("Orders.visits")
        #expect(try await chat.call("Orders.visits") == 2)
        try await chat.call("Orders.keep", with: ["wishes": ["tea"]])
        try await chat.call("Orders.keep", with: ["wishes": "milk"])
        #expect(chat.memory["wishes"] == ["tea", "milk"])
        // The timer speaks there.
        _ = chat.room("Team")
        try await chat.advance(by: .days(7))
        #expect(chat.memory.isEmpty)
    }

    @Test func `books when it is told everything`() async throws {
        try await chat.call("Orders.book")
        try await chat.says("tomorrow")
        try await chat.says("4")
        try await chat.says("yes")
        #expect(chat.replies.last == "Booked!")
        #expect(chat.senderMemory["visit"] != nil)
    }

    @Test func `asks the shop`() async throws {
        let shop = HTTP { request in
            request.address.hasSuffix("/7") ? HTTP.Answer(json: ["state": "here"]) : HTTP.Answer(status: 404)
        }
        let chat = try TestChat(Orders.self, http: shop)
        #expect(try await chat.call("Orders.lookup", with: ["number": "7"]) == ["state": "here"])
        await #expect(throws: Failure("there is no order 8")) {
            try await chat.call("Orders.lookup", with: ["number": "8"])
        }
    }

    @Test func `opens once a day`() async throws {
        let room = chat.room("Team")
        try await room.advance(by: .days(2))
        #expect(room.replies == ["We are open!", "We are open!", "We are open!"])
    }
}
