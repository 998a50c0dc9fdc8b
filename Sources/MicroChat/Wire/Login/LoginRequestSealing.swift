package import NIOCore

extension LoginRequest {
    /// The packet to send (MicroChat wire protocol, section 8.1).
    package func seal(for serverKey: RSAPublicKey, keyVersion: UInt32) throws(WireError) -> ByteBuffer {
        var account = Microchat_LoginAccountBlock()
        account.clientKey = Microchat_BytesBox(clientKey.bytes)
        account.clientEcdh = Microchat_EcdhPublicKey(point: publicKey)
        account.userName = userName
        account.passwordMd5 = password.hex
        account.passwordMd5Again = password.hex
        let accountBlock = try account.plaintext()
        let deviceBlock = try device.plaintext()

        let sealedAccount = try serverKey.seal(Compression.deflate(accountBlock))
        let sealedDevice = try clientKey.seal(Compression.deflate(deviceBlock))
        guard let accountLength = UInt32(exactly: accountBlock.count),
            let deviceLength = UInt32(exactly: deviceBlock.count),
            let sealedLength = UInt32(exactly: sealedAccount.count)
        else { throw .tooLarge }
        var body = ByteBuffer()
        body.writeMultipleIntegers(accountLength, deviceLength, sealedLength)
        body.writeBytes(sealedAccount)
        body.writeBytes(sealedDevice)

        guard let length = UInt32(exactly: body.readableBytes) else { throw .tooLarge }
        var tail = ByteBuffer()
        tail.writeVarint(keyVersion)
        tail.writeVarint(Self.deviceClass)
        return try Packet(
            hasMarker: false, cipher: .rsaLogin, versionOrStatus: clientVersion, uin: 0, cookie: .zero,
            type: Call.manualAuth.type, rawLength: length, packedLength: length,
            tail: Array(tail.readableBytesView),
            body: Array(body.readableBytesView)
        ).bytes()
    }

    /// The second varint of an RSA request's tail (section 6.3).
    static let deviceClass: UInt32 = 2

    /// More than ten times what a client says about itself. Nobody has logged in yet, so nobody gets more memory.
    private static let maximumBlock: UInt32 = 64 << 10

    /// Reads a login. Takes private RSA operations: keep it off event loops.
    ///
    /// - Throws: `WireError.login`, whatever is wrong.
    package init(opening packet: Packet, with serverKey: RSAPrivateKey) throws(WireError) {
        do {
            try self.init(reading: packet, with: serverKey)
        } catch {
            throw .login
        }
    }

    private init(reading packet: Packet, with serverKey: RSAPrivateKey) throws(WireError) {
        var body = ByteBuffer(bytes: packet.body)
        guard packet.cipher.isRSA,
            let (accountLength, deviceLength, sealedLength) = body.readMultipleIntegers(
                as: (UInt32, UInt32, UInt32).self),
            accountLength <= Self.maximumBlock, deviceLength <= Self.maximumBlock,
            let sealedAccount = body.readBytes(length: Int(sealedLength))
        else { throw .login }
        let sealedDevice = Array(body.readableBytesView)

        let accountBlock = try Compression.inflate(serverKey.open(sealedAccount), length: Int(accountLength))
        let account = try Microchat_LoginAccountBlock(plaintext: accountBlock)
        let clientKey = try SymmetricKey(bytes: account.clientKey.bytes)
        let deviceBlock = try Compression.inflate(clientKey.open(sealedDevice), length: Int(deviceLength))
        self.init(
            userName: account.userName, password: PasswordDigest(hex: account.passwordMd5),
            clientKey: clientKey,
            publicKey: account.clientEcdh.key.bytes,
            device: try Microchat_LoginDeviceBlock(plaintext: deviceBlock),
            clientVersion: packet.versionOrStatus)
    }
}
