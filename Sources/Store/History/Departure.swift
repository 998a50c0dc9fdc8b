package import BotKit

/// Something that left, or would leave: what the outbox holds of it.
package struct Departure: Hashable, Sendable {
    /// The id of the rule that said so.
    package var rule: String
    package var chat: ChatID
    /// The effect as it stands in a row.
    package var kind: String
    package var text: String
    var mentions: String

    init(rule: String, chat: ChatID, kind: String, text: String, mentions: String) {
        self.rule = rule
        self.chat = chat
        self.kind = kind
        self.text = text
        self.mentions = mentions
    }

    package init(_ effect: Effect, in chat: ChatID, rule: String) {
        self.rule = rule
        self.chat = chat
        (kind, text, mentions) = effect.columns
    }

    package var effect: Effect { Effect(kind: kind, text: text, mentions: mentions) }

    /// Whether the chat sees no difference, whichever rule it was.
    package func isAlike(_ other: Departure) -> Bool {
        guard chat == other.chat, kind == other.kind else { return false }
        if text == other.text, mentions == other.mentions { return true }
        // Another version may have written the same in other words.
        return kind != "text" && (effect == other.effect || isSameFile(other))
    }

    /// Whether both send a file of the same name. One that is only thought of has no bytes.
    private func isSameFile(_ other: Departure) -> Bool {
        guard case .send(let content, _) = effect, case .send(let otherContent, _) = other.effect,
            let media = content.media, let otherMedia = otherContent.media
        else { return false }
        return media.name == otherMedia.name && (media.digest.isEmpty || otherMedia.digest.isEmpty)
    }
}
