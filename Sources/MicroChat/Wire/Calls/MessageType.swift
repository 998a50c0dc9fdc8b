/// What kind of chat message (MicroChat wire protocol, section 13.1).
package struct MessageType: RawRepresentable, Hashable, Sendable {
    /// The number on the wire.
    package let rawValue: Int32

    /// Any type; unknown ones are stored and shown as unsupported.
    package init(rawValue: Int32) { self.rawValue = rawValue }

    /// Text.
    package static let text = MessageType(rawValue: 1)
    /// Picture.
    package static let picture = MessageType(rawValue: 3)
    /// Voice.
    package static let voice = MessageType(rawValue: 34)
    /// Somebody wants to be a friend.
    package static let friendRequest = MessageType(rawValue: 37)
    /// Somebody's contact card.
    package static let contactCard = MessageType(rawValue: 42)
    /// Video.
    package static let video = MessageType(rawValue: 43)
    /// Emoticon.
    package static let emoticon = MessageType(rawValue: 47)
    /// A place.
    package static let place = MessageType(rawValue: 48)
    /// A link or another app's message.
    package static let app = MessageType(rawValue: 49)
    /// The system explains something.
    package static let system = MessageType(rawValue: 10_000)
    /// Service XML, such as a recall.
    package static let service = MessageType(rawValue: 10_002)
}
