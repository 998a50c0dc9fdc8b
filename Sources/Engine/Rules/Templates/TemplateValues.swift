import BotKit

/// A value on its way through the filters.
enum TemplateValue {
    case text(String)
    case flag(Bool)
    case time(Timestamp)
    case missing
}

/// What the names of a template stand for, for one message.
struct TemplateValues {
    let view: MessageView
    let groups: [String: String]

    subscript(name: ValueName) -> TemplateValue {
        switch name {
        case .plain(let name): self[name]
        case .match(let group): groups[group].map(TemplateValue.text) ?? .missing
        case .quoted(let text): .text(text)
        }
    }

    private subscript(name: ValueName.Plain) -> TemplateValue {
        let sender = view.circumstances.sender
        let event = view.event
        return switch name {
        case .senderID: .text(view.message.sender.rawValue)
        case .senderName: .text(Self.name(of: sender, id: view.message.sender.rawValue))
        case .senderRemark: .text(sender?.remark ?? "")
        case .senderFriend: .flag(sender?.isFriend ?? false)
        case .chatID: .text(event.chat.rawValue)
        case .chatName: .text(Self.name(of: view.circumstances.chat, id: event.chat.rawValue))
        case .chatKind: .text(event.chatKind.rawValue)
        case .messageID: .text(event.id.rawValue)
        case .messageText: .text(view.text)
        case .messageKind: .text("text")
        case .messageTime: .time(event.time)
        case .now, .today: .time(view.circumstances.now)
        }
    }

    /// The owner's name for them, else their own, else their id.
    private static func name(of contact: Contact?, id: String) -> String {
        [contact?.remark, contact?.name].compactMap { $0 }.first { !$0.isEmpty } ?? id
    }
}
