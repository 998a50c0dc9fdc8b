import BotKit

/// Has a language model answer, through any server that speaks the API of OpenAI.
@main struct Assistant: Bot {
    static let handlers = [
        Handler("Assistant.answer", "Lets a language model answer", takes: .text("text", default: "")) {
            context, text in
            try await answer(text.isEmpty ? context.text : text, context)
        },
        Handler("Assistant.forget", "Forgets what was said in this chat") { context in
            var talk = try remembered(context)
            talk.turns = []
            try context.chatMemory.set(variable, to: talk, for: .days(7))
        },
    ]

    private static let variable = "assistant"

    private static func remembered(_ context: Context) throws -> Talk {
        try context.chatMemory.get(variable, as: Talk.self) ?? Talk()
    }

    private static func answer(_ question: String, _ context: Context) async throws {
        let settings = try Settings(context.environment)
        guard !question.isEmpty else { throw Failure("there are no words to be answered") }
        var talk = try remembered(context)
        guard talk.spend(0, on: context.now) < settings.tokensPerDay else {
            return context.reply(settings.spentText)
        }
        // In a room the model has to know who speaks.
        let speaker = context.chat?.kind == .group ? "\(context.sender?.name ?? ""): " : ""
        talk.add(Talk.Turn(role: .user, content: speaker + question))
        let said = try await settings.model.complete(talk.turns, settings, context)
        talk.add(Talk.Turn(role: .assistant, content: said.text))
        _ = talk.spend(said.tokens, on: context.now)
        try context.chatMemory.set(variable, to: talk, for: .days(7))
        context.log.info("answered", metadata: ["tokens": "\(said.tokens)"])
        context.reply(String(said.text.prefix(4000)))
    }
}

/// What the rules file sets for the bot.
struct Settings {
    let model: Model
    /// What the model is told before everything else.
    let prompt: String
    /// Of one chat.
    let tokensPerDay: Int
    let spentText: String

    init(_ environment: [String: String]) throws {
        guard let address = environment["ASSISTANT_URL"], let name = environment["ASSISTANT_MODEL"] else {
            throw Failure("set ASSISTANT_URL and ASSISTANT_MODEL for the bot in the rules file")
        }
        model = Model(address: address, name: name, key: environment["ASSISTANT_KEY"])
        prompt =
            environment["ASSISTANT_PROMPT"]
            ?? "You answer in a chat: briefly, in plain text, in the language of the question."
        tokensPerDay = environment["ASSISTANT_TOKENS_PER_DAY"].flatMap { Int($0) } ?? 20_000
        spentText = environment["ASSISTANT_SPENT_TEXT"] ?? "That is enough for today. Ask me again tomorrow."
    }
}
