/// A name that may stand in a template.
enum ValueName: Hashable, Sendable {
    case plain(Plain)
    /// A named group of the expression that matched.
    case match(String)
    /// Text in quotes.
    case quoted(String)

    enum Plain: String, CaseIterable, Sendable {
        case senderID = "sender.id"
        case senderName = "sender.name"
        case senderRemark = "sender.remark"
        case senderFriend = "sender.friend"
        case chatID = "chat.id"
        case chatName = "chat.name"
        case chatKind = "chat.kind"
        case messageID = "message.id"
        case messageText = "message.text"
        case messageKind = "message.kind"
        case messageTime = "message.time"
        case now
        case today
    }

    /// What a value is, known when the file is read.
    enum Kind {
        case text
        case flag
        /// A moment.
        case time
        /// A moment of which only the day counts.
        case day
    }

    var kind: Kind {
        switch self {
        case .plain(.messageTime), .plain(.now): .time
        case .plain(.today): .day
        case .plain(.senderFriend): .flag
        case .plain, .match, .quoted: .text
        }
    }

    var spelling: String {
        switch self {
        case .plain(let name): name.rawValue
        case .match(let group): "match.\(group)"
        case .quoted(let text): "\"\(text)\""
        }
    }

    /// Names of the language that this version does not have; those that end in a dot stand for all below them.
    static let later = ["sender.tags", "recipient.", "webhook.", "vars.", "error."]
}
