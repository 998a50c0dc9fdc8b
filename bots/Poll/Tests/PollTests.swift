import BotKitTesting
import Testing

@testable import Poll

@Suite(.timeLimit(.minutes(5))) struct `A poll` {
    private func opened() async throws -> TestChat {
        let room = try TestChat(Poll.self).room("Team")
        try await room.says("Poll Lunch?: Pizza, Pasta， Salad")
        return room
    }

    @Test func `counts the last vote of each`() async throws {
        let room = try await opened()
        #expect(
            room.replies == [
                "Lunch?\n1. Pizza\n2. Pasta\n3. Salad\nWrite \"vote 1\" or \"vote Pizza\"."
            ])
        try await room.says("vote 2", as: "Bob")
        try await room.says("vote pizza", as: "Eve")
        try await room.says("Vote Salad", as: "Bob")
        try await room.says("results")
        #expect(room.replies.last == "Lunch?\nPizza: 1\nPasta: 0\nSalad: 1")
    }

    @Test func `is ended by who opened it, and by nobody else`() async throws {
        let room = try await opened()
        try await room.says("end poll", as: "Bob")
        #expect(room.replies.last == "@Bob Only who opened the poll can end it.")
        try await room.says("end poll")
        #expect(room.replies.last?.hasPrefix("The poll is over.") == true)
        #expect(room.memory["poll"] == nil)
        try await room.says("vote 1")
        #expect(room.replies.count == 3)
    }

    @Test func `knows its choices`() async throws {
        let room = try await opened()
        try await room.says("vote 4", as: "Bob")
        #expect(room.replies.last?.hasPrefix("@Bob There is no such choice") == true)
    }

    @Test func `is one of its room`() async throws {
        let room = try await opened()
        try await room.says("poll Again?: yes, no")
        #expect(room.replies.last?.hasPrefix("There is a poll already") == true)
        let other = room.room("Other")
        try await other.says("poll Again?: yes, no")
        #expect(other.replies.last?.hasPrefix("Again?") == true)
    }

    @Test(arguments: ["hello", "poll", "poll Lunch?: Pizza", "poll x: a, a", "results", "vote 1"])
    func `leaves others alone`(text: String) async throws {
        let room = try TestChat(Poll.self).room("Team")
        try await room.says(text)
        #expect(room.replies.isEmpty)
        let chat = try TestChat(Poll.self)
        try await chat.says("poll Lunch?: Pizza, Pasta")
        #expect(chat.replies.isEmpty)
    }
}
