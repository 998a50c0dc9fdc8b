import BotKit

/// What a message must be to start a rule. All that is named must hold.
struct MessageTrigger: Sendable {
    /// The kinds of content that will do.
    var kinds = MessageTrigger.usualKinds
    /// Nil if anywhere will do.
    var place: Place?
    /// Nil if anyone will do.
    var from: [Reference]?
    var notFrom: [Reference] = []
    /// Whether the bot has to be addressed. In a private chat it always is.
    var mentionsMe = false
    var texts: [TextCheck] = []

    /// One for all: thousands of triggers have no other.
    private static let usualKinds: Set = ["text"]

    /// The kinds of content that a rules file can name.
    static let kindNames = ["text", "image", "voice", "video", "file", "card", "link", "emoji", "system"]

    func check(_ message: Message, _ view: inout EventView) throws -> Trigger.Outcome {
        guard kinds.contains(message.content.kind) else {
            return .no(check: "kind", seen: Self.kind(message))
        }
        if let place, !place.contains(view.event, chat: view.circumstances.chat) {
            return .no(check: "in", seen: view.seenPlace)
        }
        if let from, !Self.isSender(view, among: from) { return .no(check: "from", seen: view.seenSender) }
        if !notFrom.isEmpty, Self.isSender(view, among: notFrom) {
            return .no(check: "not_from", seen: view.seenSender)
        }
        if mentionsMe, view.event.chatKind == .group {
            guard let me = try view.state.me(), message.mentions.contains(me) else {
                return .no(check: "mentions_me", seen: Self.mentions(message))
            }
        }
        var groups: [String: String] = [:]
        for number in texts.indices {
            guard let found = texts[number].check(&view) else {
                return .no(check: texts[number].name, seen: view.seen)
            }
            if !found.isEmpty { groups = found }
        }
        return .yes(groups: groups)
    }

    /// The checks that a message has passed, with what each has seen.
    func checks(_ view: inout EventView) -> [(String, String)] {
        var checks: [(String, String)] = []
        if kinds != Self.usualKinds, let message = view.message {
            checks.append(("kind", Self.kind(message)))
        }
        if place != nil { checks.append(("in", view.seenPlace)) }
        if from != nil { checks.append(("from", view.seenSender)) }
        if !notFrom.isEmpty { checks.append(("not_from", view.seenSender)) }
        if mentionsMe, let message = view.message {
            checks.append(
                ("mentions_me", view.event.chatKind == .private ? "private" : Self.mentions(message)))
        }
        for text in texts { checks.append((text.name, view.seen)) }
        return checks
    }

    private static func kind(_ message: Message) -> String {
        if case .unsupported(let kind, _) = message.content { return traced(kind) }
        return message.content.kind
    }

    private static func mentions(_ message: Message) -> String {
        message.mentions.isEmpty ? "nobody" : traced(message.mentions.map(\.rawValue).joined(separator: ", "))
    }

    private static func isSender(_ view: EventView, among people: [Reference]) -> Bool {
        guard let sender = view.sender else { return false }
        return people.contains { $0.means(id: sender.rawValue, view.circumstances.sender) }
    }
}
