import NIOCore

/// A packet: a header of variable length and a body, usually encrypted (MicroChat wire protocol, section 6).
package struct Packet: Hashable, Sendable {
    /// The marker that may come first; as the byte after it, it would be illegal.
    static let marker: UInt8 = 0xBF
    /// What six bits can say.
    static let maximumHeaderLength = 63
    /// Deployed clients refuse a shorter response unseen (section 6.2).
    package static let minimumResponseLength = 32

    /// Whether the optional marker comes first.
    package var hasMarker: Bool
    /// Whether the plaintext was compressed before it was encrypted.
    package var isCompressed: Bool
    /// How the body is encrypted.
    package var cipher: Cipher
    /// In a request the client's version, in a response the status.
    package var versionOrStatus: Int32
    /// The account's number, 0 before login.
    package var uin: Int32
    /// Names the session.
    package var cookie: Cookie
    /// The call's type number.
    package var type: CallType
    /// Length of the plaintext before compression.
    package var rawLength: UInt32
    /// Length after compression, before encryption.
    package var packedLength: UInt32
    /// The rest of the header, which only writers and RSA requests care about (section 6.3).
    package var tail: [UInt8]
    /// Everything after the header.
    package var body: [UInt8]

    /// A packet, field by field.
    package init(
        hasMarker: Bool = true, isCompressed: Bool = false, cipher: Cipher, versionOrStatus: Int32,
        uin: Int32,
        cookie: Cookie, type: CallType, rawLength: UInt32, packedLength: UInt32, tail: [UInt8] = [],
        body: [UInt8]
    ) {
        self.hasMarker = hasMarker
        self.isCompressed = isCompressed
        self.cipher = cipher
        self.versionOrStatus = versionOrStatus
        self.uin = uin
        self.cookie = cookie
        self.type = type
        self.rawLength = rawLength
        self.packedLength = packedLength
        self.tail = tail
        self.body = body
    }

    /// What a response's header says before anything is decrypted.
    package var status: ResultCode { ResultCode(rawValue: versionOrStatus) }

    /// The RSA key that a request without a session was encrypted for: the first varint of the tail, 0 if none.
    package var keyVersion: UInt32 {
        var tail = ByteBuffer(bytes: tail)
        return (try? tail.readVarint()) ?? 0
    }
}
