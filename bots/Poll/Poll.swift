import BotKit

/// Votes in a room.
@main struct Poll: Bot {
    static let handlers = [
        Handler("Poll.hear", "poll QUESTION: A, B, C; vote B; results; end poll", on: .messages()) {
            context in
            guard let chat = context.chat, chat.kind == .group, let sender = context.sender else { return }
            var poll = try context.chatMemory.get("poll", as: Ballot.self)
            switch Command(context.text) {
            case .open(let question, let choices)?:
                guard poll == nil else {
                    return context.reply("There is a poll already. Write \"end poll\" first.")
                }
                let new = Ballot(question: question, choices: choices, by: sender.id)
                try context.chatMemory.set("poll", to: new, for: .days(30))
                context.reply(new.invitation)
            case .vote(let text)? where poll != nil:
                guard let choice = poll?.choice(text) else {
                    return context.reply(
                        "There is no such choice. Write \"results\" to see them.", mention: true)
                }
                poll?.votes[sender.id] = choice
                try context.chatMemory.set("poll", to: poll, for: .days(30))
            case .results? where poll != nil: context.reply(poll?.results ?? "")
            case .end? where poll != nil:
                guard poll?.by == sender.id else {
                    return context.reply("Only who opened the poll can end it.", mention: true)
                }
                context.chatMemory.remove("poll")
                context.reply("The poll is over.\n" + (poll?.results ?? ""))
            default: break
            }
        }
    ]
}

/// What people tell the bot.
enum Command: Equatable {
    case open(String, choices: [String])
    case vote(String)
    case results, end

    /// Nil if the text is none of the bot's business.
    init?(_ text: String) {
        let text = trimmed(text[...])
        switch text.lowercased() {
        case "results": self = .results
        case "end poll": self = .end
        default:
            if let match = text.wholeMatch(of: #/vote\s+(.+)/#.ignoresCase()) {
                self = .vote(String(match.1))
            } else if let match = text.wholeMatch(of: #/poll\s+([^:：]+)[:：](.+)/#.ignoresCase()) {
                let choices = match.2.split { ",，、".contains($0) }.map(trimmed).filter { !$0.isEmpty }
                guard (2...20).contains(choices.count), Set(choices).count == choices.count else {
                    return nil
                }
                self = .open(String(match.1), choices: choices)
            } else {
                return nil
            }
        }
    }
}

private func trimmed(_ text: Substring) -> String {
    let end = text.lastIndex { !$0.isWhitespace }.map(text.index(after:)) ?? text.startIndex
    return String(text[..<end].trimmingPrefix(while: \.isWhitespace))
}
