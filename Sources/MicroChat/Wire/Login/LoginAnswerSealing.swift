import FoundationEssentials
package import NIOCore

// The server's side.
extension LoginAnswer {
    /// The packet of the answer to a request (MicroChat wire protocol, section 8.2).
    ///
    /// Fields that deployed clients declare required are there even on failure, 0 or empty.
    package func seal(for request: LoginRequest) throws(WireError) -> ByteBuffer {
        var response = Microchat_LoginResponse()
        response.result = Microchat_ResultHeader(code, notice: notice)
        response.sectionFlags = (session == nil ? 0 : 3) | (network == nil ? 0 : 4)
        response.session = try sessionSection(for: request)
        if session != nil { response.account = account }
        if let network { response.network = network }

        var plaintext = try response.plaintext()
        if bindsLinks {
            var more = Microchat_LoginExtension()
            more.bindsLinks = 1
            plaintext += try more.plaintext()
        }
        let sealed = try SealedBody(plaintext, key: request.clientKey, compressing: true)
        return try Packet(
            isCompressed: sealed.isCompressed, cipher: .aes, versionOrStatus: 0, uin: session?.uin ?? 0,
            cookie: session?.cookie ?? .zero, type: Call.manualAuth.type, rawLength: sealed.rawLength,
            packedLength: sealed.packedLength, body: sealed.bytes
        ).bytes(paddedTo: Packet.minimumResponseLength)
    }

    private func sessionSection(for request: LoginRequest) throws(WireError) -> Microchat_LoginSession {
        var section = Microchat_LoginSession()
        section.uin = session?.uin ?? 0
        section.serverEcdh = Microchat_EcdhPublicKey(point: [])
        section.serverEcdh.curveNid = 0
        section.sessionKey = Microchat_BytesBox([])
        if !ticket.isEmpty { section.smsTicket = Data(ticket) }
        if serverTime != 0 { section.serverTime = serverTime }
        guard let session else { return section }

        var key = try AgreementKey()
        var secret = try key.agree(with: request.publicKey)
        // One deployed client hashes X only up to its first zero byte (section 7.4).
        while secret.hasZeroByte {
            key = try AgreementKey()
            secret = try key.agree(with: request.publicKey)
        }
        section.serverEcdh = Microchat_EcdhPublicKey(point: key.publicKey)
        section.sessionKey = Microchat_BytesBox(try secret.key().seal(session.key.bytes))
        return section
    }
}

// The client's side.
extension LoginAnswer {
    /// Reads the answer to a login.
    ///
    /// - Parameters:
    ///   - clientKey: the one that the request carried.
    ///   - agreementKey: the one whose point the request carried.
    /// - Throws: an error too if the code is 0 and there is no usable session.
    package init(
        opening bytes: ByteBuffer, clientKey: SymmetricKey, agreementKey: AgreementKey
    ) throws(WireError) {
        let packet = try Packet(reading: bytes)
        guard packet.status == .ok || packet.cipher == .aes else {
            self.init(code: packet.status)
            return
        }
        let plaintext = try packet.openBody(with: clientKey)
        let response = try Microchat_LoginResponse(plaintext: plaintext)
        let more = try? Microchat_LoginExtension(plaintext: plaintext)
        let code = response.hasResult ? response.result.result : packet.status
        self.init(
            code: code, notice: response.result.notice, account: response.account,
            network: response.hasNetwork ? response.network : nil, ticket: Array(response.session.smsTicket),
            serverTime: response.session.serverTime, bindsLinks: more?.bindsLinks == 1)
        guard code == .ok else { return }
        let secret = try agreementKey.agree(with: response.session.serverEcdh.key.bytes)
        session = Session(
            uin: packet.uin == 0 ? response.session.uin : packet.uin, cookie: packet.cookie,
            key: try SymmetricKey(bytes: secret.key().open(response.session.sessionKey.bytes)),
            wxid: response.account.wxid)
    }
}
