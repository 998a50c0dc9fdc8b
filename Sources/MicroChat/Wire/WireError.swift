/// Why bytes could not be read or written.
///
/// A case says which layer failed, so that a caller can tell a broken link from a broken packet
/// (MicroChat wire protocol, section 16). None carries bytes that came from outside, or a key.
package enum WireError: Error, Hashable, Sendable {
    /// The long link is out of step and has to be closed (section 4).
    case frame(FrameFault)
    /// The packet's header does not add up (section 6).
    case packet(PacketFault)
    /// A varint is too long, too large or cut short (section 6.1).
    case varint
    /// A body did not decrypt: wrong key, or damaged (section 7.1).
    case undecipherable
    /// A body did not inflate to the length announced, or would pass the limit (section 7.2).
    case compression
    /// A login's parts did not open. Deliberately without a reason: each failure looks the same (section 7.3).
    case login
    /// A plaintext is not the message expected.
    case message
    /// A key is malformed: wrong length, not PEM, a point off the curve.
    case key
    /// A report's or a sync key's bytes do not add up (sections 11.1, 12).
    case syncKey
    /// A name service's answer is no address list, or says that it can't be used (section 3.1).
    case addressList
    /// What is to be sent is larger than the protocol allows.
    case tooLarge
    /// OpenSSL or zlib refused an operation that should always work.
    case library(String)

    /// What is wrong with a frame.
    package enum FrameFault: Hashable, Sendable {
        /// Only version 1 exists.
        case version(UInt16)
        /// The total length is above 1 MiB.
        case length(UInt32)
        /// The header length is below 16 or above the total.
        case headerLength(UInt16)
    }

    /// What is wrong with a packet's header.
    package enum PacketFault: Hashable, Sendable {
        /// The bytes end before the header does.
        case truncated
        /// The compression bits are 0 or 3.
        case compression(UInt8)
        /// The header would be longer than 63 bytes, or the cookie longer than 15.
        case headerTooLong
        /// The body is encrypted in another way than its call demands.
        case cipher(UInt8)
    }
}
