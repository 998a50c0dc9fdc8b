import BotKit

/// Says what it hears.
@main struct Echo: Bot {
    static let handlers = [
        Handler("Echo.back", "Says what it hears", on: .messages()) { context in
            context.reply(context.text)
        }
    ]
}
