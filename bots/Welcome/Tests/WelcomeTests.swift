import BotKitTesting
import Testing

@testable import Welcome

@Suite(.timeLimit(.minutes(5))) struct `The welcome` {
    @Test func `accepts, tags and greets`() async throws {
        let chat = try TestChat(Welcome.self)
        try await chat.requestsFriendship("I am Ann from the fair")
        #expect(chat.isFriend)
        #expect(chat.tags == ["customer"])
        #expect(chat.replies == ["Hello Ann, nice to meet you! How can I help?"])
    }

    @Test func `greets nobody twice`() async throws {
        let chat = try TestChat(Welcome.self)
        try await chat.requestsFriendship()
        try await chat.endsFriendship()
        try await chat.requestsFriendship()
        #expect(chat.replies.count == 1)
        #expect(chat.isFriend)
    }

    @Test func `says and tags what it is told to`() async throws {
        let chat = try TestChat(
            Welcome.self, with: "Bob", environment: ["WELCOME_TEXT": "Hi NAME", "WELCOME_TAG": "guest"])
        try await chat.requestsFriendship()
        #expect(chat.replies == ["Hi Bob"])
        #expect(chat.tags == ["guest"])
    }
}
