import BotKitTesting
import Testing

@testable import Reminder

@Suite(.timeLimit(.minutes(5))) struct `The reminder` {
    @Test func `comes when it was asked for, and no earlier`() async throws {
        let chat = try TestChat(Reminder.self)
        try await chat.says("Remind me in 20 minutes to call Bob")
        #expect(chat.replies == ["I'll remind you in 20 minutes."])
        try await chat.advance(by: .minutes(20) - .seconds(1))
        #expect(chat.replies.count == 1)
        try await chat.advance(by: .seconds(1))
        #expect(chat.replies.last == "⏰ call Bob")
    }

    @Test func `is addressed by name in a room`() async throws {
        let room = try TestChat(Reminder.self).room("Team")
        try await room.says("remind me in an hour to eat", as: "Bob")
        try await room.advance(by: .hours(1))
        #expect(room.replies.last == "@Bob ⏰ eat")
    }

    @Test func `is listed until it has come`() async throws {
        let chat = try TestChat(Reminder.self)
        try await chat.says("remind me in 2 hours to rest")
        try await chat.says("remind me in 5 min about tea")
        try await chat.says("reminders")
        #expect(chat.replies.last == "- in 5 minutes: tea\n- in 2 hours: rest")
        try await chat.advance(by: .hours(3))
        try await chat.says("Reminders")
        #expect(chat.replies.last == "You have no reminders.")
    }

    @Test(arguments: [
        ("20分钟后提醒我开会", "20 minutes", "开会"), ("remind me in 1 day that rent is due", "1 day", "rent is due"),
        ("REMIND ME IN 3 weeks of\nthis", "3 weeks", "this"),
    ])
    func `understands`(text: String, length: String, what: String) throws {
        let wish = try #require(Wish(text))
        #expect(wish.length == length)
        #expect(wish.what == what)
    }

    @Test(arguments: ["hello", "remind me", "remind me in 5 parsecs to go", "remind me in 20 minutes to"])
    func `leaves others alone`(text: String) async throws {
        let chat = try TestChat(Reminder.self)
        try await chat.says(text)
        #expect(chat.replies.isEmpty)
    }

    @Test func `refuses what nobody can wait for`() async throws {
        let chat = try TestChat(Reminder.self)
        try await chat.says("remind me in 999999 weeks to retire")
        #expect(chat.scheduled.isEmpty)
        #expect(chat.replies.first?.contains("a year at the latest") == true)
    }

    @Test func `has an end to how many there are`() async throws {
        let chat = try TestChat(Reminder.self)
        for number in 1...21 { try await chat.says("remind me in \(number) minutes to count") }
        #expect(chat.scheduled.count == 20)
        #expect(chat.replies.last?.hasPrefix("There are 20 reminders") == true)
    }
}
