import MicroChatWire
import NIOCore

/// What a link does about a request.
enum CallOutcome: Sendable {
    /// Answer with a packet.
    case packet(ByteBuffer)
    /// Answer a call of this session with a packet; a link that is no session's yet becomes this one's
    /// (docs/protocol-extensions.md).
    case sessionCall(ByteBuffer, Session, Device)
    /// Answer a login with a packet; the link is the new session's, on that device.
    case login(ByteBuffer, Session, Device)
    /// It is not this protocol: close, or HTTP 400 (MicroChat wire protocol, section 16).
    case undecodable
}
