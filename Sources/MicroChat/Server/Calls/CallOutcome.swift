import MicroChatWire
import NIOCore

/// What a link does about a request.
enum CallOutcome: Sendable {
    /// Answer with a packet.
    case packet(ByteBuffer)
    /// Answer a login with a packet; the link is the new session's, on that device.
    case login(ByteBuffer, Session, Device)
    /// It is not this protocol: close, or HTTP 400 (MicroChat wire protocol, section 16).
    case undecodable
}
