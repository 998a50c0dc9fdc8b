import MicroChatWire
import NIOCore
import SwiftProtobuf
import Testing

struct `Login` {
    private func vector(_ group: String) throws -> Vector { try #require(VectorFile.vectors(group).first) }

    private func request(_ key: AgreementKey) throws -> LoginRequest {
        LoginRequest(
            userName: "alice", password: try PasswordDigest(password: "secret"), clientKey: .random(),
            publicKey: key.publicKey, device: Microchat_LoginDeviceBlock(),
            clientVersion: ClientVersion.classic)
    }

    @Test func `opens the vectors' request`() throws {
        let vector = try vector("login-request")
        let key = try RSAPrivateKey(pem: VectorFile.shared.rsa_private_key_pem)
        let packet = try Packet(reading: ByteBuffer(bytes: try #require(vector.packed).bytes))
        #expect(packet.keyVersion == vector.rsa_version)
        #expect(packet.type == Call.manualAuth.type)
        #expect(packet.cookie == .zero)
        let request = try LoginRequest(opening: packet, with: key)
        #expect(request.userName == vector.user)
        #expect(request.password.hex == vector.password_md5)
        #expect(request.clientKey.bytes == vector.client_key?.bytes)
        #expect(try AgreementKey(scalar: #require(vector.client_scalar).bytes).publicKey == request.publicKey)
        #expect(try request.device.plaintext() == vector.device_block?.bytes)
    }

    @Test func `opens the vectors' answer`() throws {
        let vector = try vector("login-response")
        let clientScalar = try #require(try self.vector("login-request").client_scalar).bytes
        let clientKey = try SymmetricKey(bytes: #require(vector.client_key).bytes)
        let answer = try LoginAnswer(
            opening: ByteBuffer(bytes: #require(vector.packed).bytes), clientKey: clientKey,
            agreementKey: AgreementKey(scalar: clientScalar))
        #expect(answer.code == .ok)
        #expect(answer.session?.uin == vector.uin)
        #expect(answer.session?.cookie.bytes == vector.cookie?.bytes)
        #expect(answer.session?.key.bytes == vector.session_key?.bytes)
    }

    @Test func `goes round with a key of one's own`() throws {
        let serverKey = try RSAPrivateKey(pem: VectorFile.shared.rsa_private_key_pem)
        let agreement = try AgreementKey()
        let request = try request(agreement)
        let bytes = try request.seal(for: serverKey.publicKey, keyVersion: 1)
        let packet = try Packet(reading: bytes)
        #expect(!packet.hasMarker && packet.keyVersion == 1 && packet.tail == [1, 2])
        let opened = try LoginRequest(opening: packet, with: serverKey)
        #expect(opened.userName == request.userName && opened.clientKey == request.clientKey)

        let session = Session(uin: 100_001, cookie: .random(), key: .randomPrintable(), wxid: "wxid_alice")
        var account = Microchat_LoginAccount()
        account.wxid = session.wxid
        let answer = LoginAnswer(code: .ok, session: session, account: account, serverTime: 5)
        let received = try LoginAnswer(
            opening: answer.seal(for: opened), clientKey: request.clientKey, agreementKey: agreement)
        #expect(received.session == session)
        #expect(received.serverTime == 5)
    }

    @Test func `is refused with every field that deployed clients require`() throws {
        let agreement = try AgreementKey()
        let request = try request(agreement)
        let refusal = LoginAnswer(code: .wrongPassword, notice: ErrorNotice(content: "Wrong password."))
        let bytes = try refusal.seal(for: request)
        let response = try Microchat_LoginResponse(
            plaintext: Packet(reading: bytes).openBody(with: request.clientKey))
        #expect(response.hasResult && response.hasSectionFlags && response.hasSession)
        #expect(response.result.hasMessage)
        #expect(response.session.hasUin && response.session.hasServerEcdh && response.session.hasSessionKey)
        #expect(response.session.serverEcdh.hasCurveNid && response.session.serverEcdh.key.hasLength)
        #expect(response.session.sessionKey.hasLength)
        let received = try LoginAnswer(opening: bytes, clientKey: request.clientKey, agreementKey: agreement)
        #expect(received.code == .wrongPassword && received.session == nil)
        #expect(received.notice?.content == "Wrong password.")
    }

    @Test func `fails in one way only`() throws {
        let serverKey = try RSAPrivateKey(pem: VectorFile.shared.rsa_private_key_pem)
        let good = try Packet(
            reading: request(try AgreementKey()).seal(for: serverKey.publicKey, keyVersion: 1))
        for position in [0, 4, 8, 12, 100, 270, good.body.count - 1] {
            var bad = good
            bad.body[position] ^= 0x40
            #expect(throws: WireError.login) { try LoginRequest(opening: bad, with: serverKey) }
        }
        var other = good
        other.cipher = .aes
        #expect(throws: WireError.login) { try LoginRequest(opening: other, with: serverKey) }
    }

    @Test func `secrets print as nothing`() throws {
        let request = try request(try AgreementKey())
        let session = Session(uin: 1, cookie: .random(), key: .random(), wxid: "wxid_a")
        let secrets: [Any] = [
            request, session, request.clientKey, request.password, session.cookie, try AgreementKey(),
            try RSAPrivateKey(pem: VectorFile.shared.rsa_private_key_pem),
            LoginAnswer(code: .ok, session: session),
        ]
        for secret in secrets {
            var dumped = ""
            dump(secret, to: &dumped)
            #expect("\(secret)" == "redacted" && String(reflecting: secret) == "redacted")
            #expect(dumped == "- redacted\n")
        }
    }
}
