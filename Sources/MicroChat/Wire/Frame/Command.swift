/// What a long-link frame is about (MicroChat wire protocol, section 4.1). Open: unknown ones are values too.
package struct Command: RawRepresentable, Hashable, Sendable {
    /// The number on the wire.
    package let rawValue: UInt32

    /// Any command.
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// "I am still here", both ways.
    package static let heartbeat = Command(rawValue: 6)
    /// The server ends the session; the body may say why.
    package static let quit = Command(rawValue: 7)
    /// The server has something new.
    package static let push = Command(rawValue: 24)
    /// First download.
    package static let newInit = Command(rawValue: 27)
    /// Incremental sync.
    package static let newSync = Command(rawValue: 121)
    /// Asks for contents instead of notices, which servers do not give.
    package static let identify = Command(rawValue: 205)
    /// Sends messages.
    package static let newSendMessage = Command(rawValue: 237)
    /// Keeps the radio awake; no answer.
    package static let signalling = Command(rawValue: 243)
    /// Login.
    package static let manualAuth = Command(rawValue: 253)
    /// The server orders the link to be moved to TLS (docs/protocol-extensions.md).
    package static let moveToTLS = Command(rawValue: 8443)
    /// The client has stored everything up to a sync key. Sent by the client though it looks like an answer.
    package static let report = Command(rawValue: 1_000_000_190)

    /// What lies between a request's command and its answer's.
    package static let answerOffset: UInt32 = 1_000_000_000

    /// The command of the answer to this one.
    package var answer: Command { Command(rawValue: rawValue &+ Self.answerOffset) }
}
