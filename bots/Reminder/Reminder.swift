import BotKit

/// Reminds people of what they ask it to.
@main struct Reminder: Bot {
    static let handlers = [
        Handler("Reminder.hear", "remind me in 20 minutes to call Bob; reminders", on: .messages()) {
            context in
            if context.text.lowercased() == "reminders" || context.text == "提醒列表" {
                try list(context)
            } else if let wish = Wish(context.text) {
                try keep(wish, context)
            }
        }
    ]

    /// What is still to come, for the list only: the message itself is in Conure's outbox, which outlasts everything.
    private struct Coming: Codable {
        let what: String
        let at: Timestamp
    }

    private static let most = 20

    private static func keep(_ wish: Wish, _ context: Context) throws {
        guard let wait = wish.wait, wait >= .seconds(1), wait <= .days(365) else {
            return context.reply("I can remind you after a second at the earliest, and a year at the latest.")
        }
        var coming = try coming(context)
        guard coming.count < most else {
            return context.reply("There are \(most) reminders here already. Write \"reminders\" to see them.")
        }
        let time = context.now + wait
        coming.append(Coming(what: wish.what, at: time))
        try context.senderMemory.set("reminders", to: coming, for: .days(366))
        context.reply("I'll remind you in \(wish.length).")
        context.reply("⏰ \(wish.what)", mention: true, .at(time, lifetime: .days(1), priority: .high))
    }

    private static func list(_ context: Context) throws {
        let lines = try coming(context).map { reminder in
            "- in \(Wish.inWords(reminder.at - context.now)): \(reminder.what)"
        }
        context.reply(lines.isEmpty ? "You have no reminders." : lines.joined(separator: "\n"))
    }

    private static func coming(_ context: Context) throws -> [Coming] {
        let kept = try context.senderMemory.get("reminders", as: [Coming].self) ?? []
        return kept.filter { $0.at > context.now }.sorted { $0.at < $1.at }
    }
}
