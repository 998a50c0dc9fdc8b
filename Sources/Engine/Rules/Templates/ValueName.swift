/// A name that may stand in an expression, and what it leads to.
enum ValueName: Hashable, Sendable {
    case plain(Plain)
    /// A named group of the expression that matched.
    case match(String)
    /// A variable, and what is looked up in it.
    case variable(String, path: [String])
    /// What a step has saved, or a loop is at, and what is looked up in it.
    case saved(String, path: [String])
    /// Something in what came with a call of a webhook, or with an event.
    case data(Source, path: [String])

    enum Source: String, Sendable {
        case webhook = "webhook.json"
        case event = "event.data"
    }

    enum Plain: String, CaseIterable, Sendable {
        case senderID = "sender.id"
        case senderName = "sender.name"
        case senderRemark = "sender.remark"
        case senderFriend = "sender.friend"
        case senderTags = "sender.tags"
        case chatID = "chat.id"
        case chatName = "chat.name"
        case chatKind = "chat.kind"
        case messageID = "message.id"
        case messageText = "message.text"
        case messageKind = "message.kind"
        case messageTime = "message.time"
        case scheduleTime = "schedule.time"
        case webhookPath = "webhook.path"
        case webhookMethod = "webhook.method"
        case webhookBody = "webhook.body"
        case eventName = "event.name"
        case recipientID = "recipient.id"
        case recipientName = "recipient.name"
        case recipientRemark = "recipient.remark"
        case recipientTags = "recipient.tags"
        case errorStep = "error.step"
        case errorReason = "error.reason"
        case now
        case today
    }

    /// What a value is, as far as that is known when the file is read.
    enum Kind {
        case text
        case number
        case flag
        /// A moment.
        case time
        /// A moment of which only the day counts.
        case day
        case list
        /// It shows when it is there.
        case any
    }

    var kind: Kind {
        switch self {
        case .plain(.messageTime), .plain(.scheduleTime), .plain(.now): .time
        case .plain(.today): .day
        case .plain(.senderFriend): .flag
        case .plain(.senderTags), .plain(.recipientTags): .list
        case .plain, .match: .text
        case .variable, .saved, .data: .any
        }
    }

    var spelling: String {
        switch self {
        case .plain(let name): name.rawValue
        case .match(let group): "match.\(group)"
        case .variable(let name, let path): (["vars", name] + path).joined(separator: ".")
        case .saved(let name, let path): ([name] + path).joined(separator: ".")
        case .data(let source, let path): ([source.rawValue] + path).joined(separator: ".")
        }
    }

    /// Whether an event of this kind has such a value.
    func exists(for head: TriggerHead) -> Bool {
        let root = spelling.prefix { $0 != "." }
        return switch root {
        case "message", "match": head == .message || (root == "match" && head == .friendRequest)
        case "sender": ![.schedule, .webhook, .bot, .event].contains(head)
        case "chat": ![.schedule, .webhook, .bot].contains(head)
        case "schedule": head == .schedule
        case "webhook": head == .webhook
        case "event": head == .event
        default: true
        }
    }
}
