import BotKitTesting
import Testing

@testable import Echo

@Suite(.timeLimit(.minutes(5))) struct `The echo` {
    @Test func `says what it hears`() async throws {
        let chat = try TestChat(Echo.self)
        try await chat.says("hello")
        try await chat.says("你好")
        #expect(chat.replies == ["hello", "你好"])
    }

    @Test func `answers each chat in itself, and no pictures`() async throws {
        let ann = try TestChat(Echo.self)
        let room = ann.room("Team")
        try await room.says("lunch?", as: "Bob")
        try await ann.sends(.image)
        #expect(room.replies == ["lunch?"])
        #expect(ann.replies.isEmpty)
    }
}
