package import NIOCore

/// What a login gives: valid on both links until another login of the account (MicroChat wire protocol, section 8.4).
package struct Session: Hashable, Sendable, Redacted {
    /// The account's number.
    package var uin: Int32
    /// Names the session; the newest response's wins.
    package var cookie: Cookie
    /// Encrypts every body, both ways.
    package var key: SymmetricKey
    /// The account's text name.
    package var wxid: String

    /// A session.
    package init(uin: Int32, cookie: Cookie, key: SymmetricKey, wxid: String) {
        self.uin = uin
        self.cookie = cookie
        self.key = key
        self.wxid = wxid
    }
}

// The client's side.
extension Session {
    /// The packet of a request (section 9).
    package func sealRequest(
        _ type: CallType, clientVersion: Int32, plaintext: [UInt8]
    ) throws(WireError) -> ByteBuffer {
        let sealed = try SealedBody(plaintext, key: key, compressing: false)
        return try Packet(
            isCompressed: sealed.isCompressed, cipher: .aes, versionOrStatus: clientVersion, uin: uin,
            cookie: cookie,
            type: type, rawLength: sealed.rawLength, packedLength: sealed.packedLength,
            tail: [UInt8](repeating: 0, count: 15), body: sealed.bytes
        ).bytes()
    }

    /// Reads a response, its status before its body.
    package func openResponse(_ bytes: ByteBuffer) throws(WireError) -> Answer {
        let packet = try Packet(reading: bytes)
        guard packet.status == .ok else { return .refused(packet.status) }
        let cookie = packet.cookie.bytes.isEmpty ? nil : packet.cookie
        return .plaintext(try packet.openBody(with: key), newCookie: cookie)
    }

    /// What came back for a request.
    package enum Answer: Hashable, Sendable {
        /// The response's message, and the cookie to use from now on if there is a new one.
        case plaintext([UInt8], newCookie: Cookie?)
        /// The header says no; there may be nothing to decrypt.
        case refused(ResultCode)
    }
}

// The server's side.
extension Session {
    /// The plaintext of a request: no more than fits into a packet as it is. Deployed clients compress no request of a
    /// session (section 7.2), and the thousandfold of a packet would be work for one who wants to do harm.
    package func openRequest(_ packet: Packet) throws(WireError) -> [UInt8] {
        try packet.openBody(with: key, strict: true, limit: ShortLink.maximumPacketLength)
    }

    /// The packet of a response, padded to what deployed clients accept.
    package func sealResponse(
        _ type: CallType, status: ResultCode = .ok, plaintext: [UInt8]
    ) throws(WireError) -> ByteBuffer {
        let sealed = try SealedBody(plaintext, key: key, compressing: true)
        return try Packet(
            isCompressed: sealed.isCompressed, cipher: .aes, versionOrStatus: status.rawValue, uin: uin,
            cookie: cookie, type: type, rawLength: sealed.rawLength, packedLength: sealed.packedLength,
            body: sealed.bytes
        ).bytes(paddedTo: Packet.minimumResponseLength)
    }
}

extension Packet {
    /// A refusal that is a header and nothing else: no session (section 8.4), or a request that cannot be read
    /// (section 16).
    package static func refusal(
        _ status: ResultCode, type: CallType, uin: Int32 = 0, cookie: Cookie = .zero
    ) throws(WireError) -> ByteBuffer {
        try Packet(
            cipher: .none, versionOrStatus: status.rawValue, uin: uin, cookie: cookie, type: type,
            rawLength: 0,
            packedLength: 0, body: []
        ).bytes(paddedTo: minimumResponseLength)
    }
}
