package import NIOCore
package import SwiftProtobuf

/// A request before there is a session: encrypted for the server's RSA key, answered under the client's own key, which
/// is in it (MicroChat wire protocol, sections 14.10 and 14.11).
package protocol KeyedRequest: Message {
    /// Encrypts the answer.
    var clientKey: Microchat_BytesBox { get set }
}

extension Microchat_QrLoginStartRequest: KeyedRequest {}
extension Microchat_QrLoginPollRequest: KeyedRequest {}
extension Microchat_BindMobileRequest: KeyedRequest {}

// The client's side.
extension KeyedRequest {
    /// The packet to send.
    package func seal(
        _ call: Call, for serverKey: RSAPublicKey, keyVersion: UInt32, clientVersion: Int32
    ) throws(WireError) -> ByteBuffer {
        let plaintext = try plaintext()
        let packed = try Compression.deflate(plaintext)
        guard let rawLength = UInt32(exactly: plaintext.count),
            let packedLength = UInt32(exactly: packed.count)
        else { throw .tooLarge }
        var tail = ByteBuffer()
        tail.writeVarint(keyVersion)
        tail.writeVarint(LoginRequest.deviceClass)
        return try Packet(
            isCompressed: true, cipher: .rsa, versionOrStatus: clientVersion, uin: 0, cookie: .empty,
            type: call.type, rawLength: rawLength, packedLength: packedLength,
            tail: Array(tail.readableBytesView), body: serverKey.seal(packed)
        ).bytes()
    }

    /// Reads the answer to this request.
    package func openResponse<Response: Message>(
        _ bytes: ByteBuffer, as _: Response.Type = Response.self
    ) throws(WireError) -> Response {
        try Response(plaintext: Packet(reading: bytes).openBody(with: SymmetricKey(bytes: clientKey.bytes)))
    }
}

// The server's side.
extension KeyedRequest {
    /// More than these messages say; nobody has logged in yet, so nobody gets more memory.
    private static var maximumLength: UInt32 { 64 << 10 }

    /// Reads a request. Takes private RSA operations: keep it off event loops.
    package init(opening packet: Packet, with serverKey: RSAPrivateKey) throws(WireError) {
        guard packet.cipher.isRSA, packet.isCompressed, packet.rawLength <= Self.maximumLength else {
            throw .login
        }
        do {
            try self.init(
                plaintext: Compression.inflate(serverKey.open(packet.body), length: Int(packet.rawLength)))
        } catch {
            throw .login
        }
    }

    /// The packet of an answer.
    package func seal(_ response: some Message, type: CallType) throws(WireError) -> ByteBuffer {
        let sealed = try SealedBody(
            response.plaintext(), key: SymmetricKey(bytes: clientKey.bytes), compressing: true)
        return try Packet(
            isCompressed: sealed.isCompressed, cipher: .aes, versionOrStatus: 0, uin: 0, cookie: .empty,
            type: type, rawLength: sealed.rawLength, packedLength: sealed.packedLength, body: sealed.bytes
        ).bytes(paddedTo: Packet.minimumResponseLength)
    }
}
