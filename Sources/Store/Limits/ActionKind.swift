import BotKit

/// What an account does, sorted by what networks watch: each kind has limits of its own, and one that is paused or used
/// up holds up no other.
package enum ActionKind: String, CaseIterable, Sendable {
    /// Messages, and every change that no other kind stands for: remarks, names of rooms, messages taken back.
    case messages
    /// Messages to people who are no friends. They count as messages too.
    case messagesToStrangers = "messages_to_strangers"
    /// Saying yes to somebody's wish to be a friend.
    case friendAccepts = "friend_accepts"
    /// Asking somebody to be a friend.
    case friendRequests = "friend_requests"
    /// Bringing people into rooms, new ones included.
    case invites
    /// Asking the network about people and rooms.
    case lookups
    /// Calls of other people's webhooks: no network's, and without limits.
    case webhooks

    /// - Parameter isFriend: whether the other side of a private chat is in the account's list.
    init(effect: String, in chat: ChatKind, isFriend: @autoclosure () throws -> Bool) rethrows {
        switch effect {
        case "accept_friend": self = .friendAccepts
        case "request_friend": self = .friendRequests
        case "invite", "create_room", "enter_room": self = .invites
        case "search", "fetch_contacts", "fetch_picture": self = .lookups
        case "call_webhook": self = .webhooks
        case _ where Self.changes.contains(effect): self = .messages
        default: self = try chat == .private && !isFriend() ? .messagesToStrangers : .messages
        }
    }

    /// Effects that are no messages and have no kind of their own.
    private static let changes: Set = [
        "recall", "decline_friend", "set_remark", "set_blocked", "remove_friend", "announce", "rename_room",
        "set_own_room_name", "leave_room", "fetch_media",
    ]

    /// The kinds that one action of this kind counts as, itself first.
    var counted: [ActionKind] { self == .messagesToStrangers ? [self, .messages] : [self] }
}
