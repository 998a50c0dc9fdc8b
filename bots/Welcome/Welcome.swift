import BotKit

/// Takes in whoever wants to be a friend.
@main struct Welcome: Bot {
    static let handlers = [
        Handler("Welcome.request", "Accepts, tags and greets new friends", on: .friendRequests) { context in
            context.acceptFriend()
            context.tag(context.environment["WELCOME_TAG"] ?? "customer")
            greet(context)
        },
        Handler("Welcome.added", "Greets friends who came another way", on: .friendAdded) { context in
            greet(context)
        },
    ]

    /// Nobody is greeted twice, however often they come and go.
    private static func greet(_ context: Context) {
        guard let sender = context.sender, context.senderMemory["welcomed"] == nil else { return }
        context.senderMemory["welcomed"] = true
        let text = context.environment["WELCOME_TEXT"] ?? "Hello NAME, nice to meet you! How can I help?"
        context.send(text.replacing("NAME", with: sender.name), to: .sender)
    }
}
