import BotKit
import BotKitTesting
import Testing

struct Hello: Bot {
    static let handlers = [
        Handler("Hello.greet", "Greets back", on: .messages()) { context in
            guard context.text.lowercased() == "hello" else { return }
            context.reply("Hello \(context.sender?.name ?? "you")!")
        }
    ]
}

@Suite struct `The bot Hello` {
    @Test func `greets back`() async throws {
        let chat = try TestChat(Hello.self)
        try await chat.says("hello")
        #expect(chat.replies == ["Hello Ann!"])
    }
}
