/// Somebody or a room, as a handler names them.
public struct Recipient: Hashable, Sendable {
    package let wire: String

    private init(wire: String) { self.wire = wire }

    /// Who the event is from.
    public static let sender = Recipient(wire: "sender")

    /// Where the event happened.
    public static let chat = Recipient(wire: "chat")

    /// The person of this name or remark. It is an error if there is no such person, or more than one.
    public static func person(_ name: String) -> Recipient { Recipient(wire: "user:" + name) }

    /// The room with this topic. It is an error if there is no such room, or more than one.
    public static func room(_ name: String) -> Recipient { Recipient(wire: "chat:" + name) }

    /// The person or room that the network calls so, as in `sender.id` and `chat.id`.
    public static func id(_ id: String) -> Recipient { Recipient(wire: id) }
}
