/// The outcome of a call, in a packet's header or in a response (MicroChat wire protocol, section 16).
package struct ResultCode: RawRepresentable, Hashable, Sendable {
    /// The number on the wire.
    package let rawValue: Int32

    /// Any outcome.
    package init(rawValue: Int32) { self.rawValue = rawValue }

    /// It worked.
    package static let ok = ResultCode(rawValue: 0)
    /// Something failed inside the server.
    package static let systemError = ResultCode(rawValue: -1)
    /// The request makes no sense.
    package static let badArgument = ResultCode(rawValue: -2)
    /// Wrong account or password.
    package static let wrongPassword = ResultCode(rawValue: -3)
    /// No such account.
    package static let unknownUser = ResultCode(rawValue: -4)
    /// The cookie names no session, or not this account's.
    package static let sessionGone = ResultCode(rawValue: -13)
    /// Not a member of the room.
    package static let notInRoom = ResultCode(rawValue: -21)
    /// The other side blocks the sender.
    package static let blocked = ResultCode(rawValue: -22)
    /// Refused as spam.
    package static let spam = ResultCode(rawValue: -24)
    /// The code of a text message is wrong.
    package static let wrongCode = ResultCode(rawValue: -32)
    /// The code of a text message is too old, or was tried too often.
    package static let codeExpired = ResultCode(rawValue: -33)
    /// Refused as too often.
    package static let tooOften = ResultCode(rawValue: -34)
    /// Not a friend; the other side asks for verification.
    package static let verificationNeeded = ResultCode(rawValue: -44)
    /// The ticket is not the one for this person.
    package static let ticketMismatch = ResultCode(rawValue: -47)
    /// The ticket is unknown, or used.
    package static let ticketNotFound = ResultCode(rawValue: -48)
    /// Only the room's owner may.
    package static let ownerOnly = ResultCode(rawValue: -66)
    /// The account logged in somewhere else.
    package static let loggedInElsewhere = ResultCode(rawValue: -100)
    /// Approve in a browser, then log in again.
    package static let approveInBrowser = ResultCode(rawValue: -106)
    /// A code sent by text message is needed.
    package static let textMessageCheck = ResultCode(rawValue: -205)
    /// Log in at another address.
    package static let redirected = ResultCode(rawValue: -301)

    // Of this project's own (docs/protocol-extensions.md, "Pictures, voice, video and files").

    /// It is larger than the server takes.
    package static let mediaTooLarge = ResultCode(rawValue: -3001)
    /// What came is not what the digest says: all of it is thrown away.
    package static let mediaDamaged = ResultCode(rawValue: -3002)
    /// The account has used up its room on the server.
    package static let mediaRoomUsedUp = ResultCode(rawValue: -3003)
    /// There is no such thing, not any more, or not for this account.
    package static let mediaGone = ResultCode(rawValue: -3004)
}
