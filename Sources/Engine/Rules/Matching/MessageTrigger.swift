import BotKit

/// What a message must be to start a rule. All that is named must hold.
struct MessageTrigger: Sendable {
    /// Nil if anywhere will do.
    var place: Place?
    /// Nil if anyone will do.
    var from: [Reference]?
    var notFrom: [Reference] = []
    var texts: [TextCheck] = []

    enum Outcome {
        /// It holds, with the named groups of the expression that matched.
        case yes(groups: [String: String])
        /// The first check that did not hold.
        case no(check: String, seen: String)
    }

    func check(_ message: inout MessageView) -> Outcome {
        if let place, !place.contains(message.event, chat: message.circumstances.chat) {
            return .no(check: "in", seen: Self.seenPlace(message))
        }
        if let from, !Self.isSender(message, among: from) {
            return .no(check: "from", seen: Self.seenSender(message))
        }
        if !notFrom.isEmpty, Self.isSender(message, among: notFrom) {
            return .no(check: "not_from", seen: Self.seenSender(message))
        }
        var groups: [String: String] = [:]
        for number in texts.indices {
            guard let found = texts[number].check(&message) else {
                return .no(check: texts[number].kind.rawValue, seen: message.seen)
            }
            if !found.isEmpty { groups = found }
        }
        return .yes(groups: groups)
    }

    /// The lines of a message that passed: every check, in order.
    func linesOfSuccess(_ message: inout MessageView, rule: String) -> [TraceLine] {
        var lines: [TraceLine] = []
        func add(_ check: String, _ seen: String) {
            lines.append(TraceLine(rule: rule, check: check, seen: seen, verdict: .yes))
        }
        if place != nil { add("in", Self.seenPlace(message)) }
        if from != nil { add("from", Self.seenSender(message)) }
        if !notFrom.isEmpty { add("not_from", Self.seenSender(message)) }
        for text in texts { add(text.kind.rawValue, message.seen) }
        if lines.isEmpty { add("message", message.seen) }
        return lines
    }

    private static func isSender(_ message: MessageView, among people: [Reference]) -> Bool {
        people.contains { $0.means(id: message.message.sender.rawValue, message.circumstances.sender) }
    }

    private static func seenPlace(_ message: MessageView) -> String {
        "\(message.event.chatKind.rawValue) \(traced(message.event.chat.rawValue))"
    }

    private static func seenSender(_ message: MessageView) -> String {
        let id = message.message.sender.rawValue
        guard let sender = message.circumstances.sender else { return traced(id) }
        let name = sender.remark.isEmpty ? sender.name : sender.remark
        return traced(name.isEmpty || name == id ? id : "\(name) (\(id))")
    }
}
