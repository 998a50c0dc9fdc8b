import MicroChatWire
import NIOCore

/// Logins. Random bytes do not get through RSA and AES, so these are sealed properly around what is inside; the lowest
/// bit of the first byte says otherwise and hands the bytes over as they are.
enum LoginTargets {
    // A short key: here it is a door to be walked through often, not a lock.
    private static let key = try? RSAPrivateKey.generate(bits: 1024)
    private static let agreement = try? AgreementKey()
    private static let clientKey = SymmetricKey.random()

    static func request(_ bytes: [UInt8]) {
        guard let key, let flags = bytes.first else { return }
        let rest = Array(bytes.dropFirst())
        if flags & 1 == 0 {
            guard let packet = try? Packet(reading: ByteBuffer(bytes: rest)) else { return }
            check(packet, key)
        } else if let body = try? loginBody(
            Input(rest), isHonest: flags & 2 == 0, isDeflated: flags & 4 == 0, key)
        {
            check(
                Packet(
                    hasMarker: false, cipher: .rsaLogin, versionOrStatus: 1, uin: 0, cookie: .zero,
                    type: Call.manualAuth.type, rawLength: 0, packedLength: 0, body: body), key)
        }
    }

    private static func check(_ packet: Packet, _ key: RSAPrivateKey) {
        do {
            _ = try LoginRequest(opening: packet, with: key)
        } catch {
            precondition(error == .login, "a login that fails says why: \(error)")
        }
    }

    /// The three lengths and two blocks of section 8.1.
    private static func loginBody(
        _ input: Input, isHonest: Bool, isDeflated: Bool, _ key: RSAPrivateKey
    ) throws(WireError) -> [UInt8] {
        var input = input
        let (accountClaim, deviceClaim) = (UInt32(input.number()), UInt32(input.number()))
        let account = input.piece()
        let device = input.rest()
        let sealedAccount = try key.publicKey.seal(isDeflated ? Compression.deflate(account) : account)
        // The key of the device block is in the account block, which may say anything; in an honest one it is ours.
        let inside = try? Microchat_LoginAccountBlock(plaintext: account)
        let deviceKey = (try? SymmetricKey(bytes: inside?.clientKey.bytes ?? [])) ?? clientKey
        let sealedDevice = try deviceKey.seal(isDeflated ? Compression.deflate(device) : device)
        var body = ByteBuffer()
        body.writeMultipleIntegers(
            isHonest ? UInt32(account.count) : accountClaim, isHonest ? UInt32(device.count) : deviceClaim,
            UInt32(sealedAccount.count))
        return Array(body.readableBytesView) + sealedAccount + sealedDevice
    }

    /// The calls that are sealed like a login; two bits of the first byte pick one.
    static func keyedRequest(_ bytes: [UInt8]) {
        guard let key, let flags = bytes.first else { return }
        let plaintext = Array(bytes.dropFirst())
        guard let packed = flags & 1 == 0 ? try? Compression.deflate(plaintext) : plaintext,
            let body = try? key.publicKey.seal(packed)
        else { return }
        let packet = Packet(
            isCompressed: true, cipher: .rsa, versionOrStatus: 1, uin: 0, cookie: .empty,
            type: CallType(rawValue: 0), rawLength: UInt32(plaintext.count), packedLength: 0, body: body)
        switch flags >> 1 & 3 {
        case 0: _ = try? Microchat_QrLoginStartRequest(opening: packet, with: key)
        case 1: _ = try? Microchat_QrLoginPollRequest(opening: packet, with: key)
        default: _ = try? Microchat_BindMobileRequest(opening: packet, with: key)
        }
    }

    static func answer(_ bytes: [UInt8]) {
        guard let agreement, let flags = bytes.first else { return }
        var packet = ByteBuffer(bytes: bytes.dropFirst())
        if flags & 1 == 1 {
            let plaintext = Array(bytes.dropFirst())
            let isCompressed = flags & 2 == 2
            guard let packed = isCompressed ? try? Compression.deflate(plaintext) : plaintext,
                let sealed = try? clientKey.seal(packed),
                let whole = try? Packet(
                    isCompressed: isCompressed, cipher: .aes, versionOrStatus: 0, uin: 7, cookie: .random(),
                    type: Call.manualAuth.type, rawLength: UInt32(plaintext.count),
                    packedLength: UInt32(packed.count), body: sealed
                ).bytes()
            else { return }
            packet = whole
        }
        guard
            let answer = try? LoginAnswer(opening: packet, clientKey: clientKey, agreementKey: agreement)
        else { return }
        precondition(answer.session != nil || answer.code != .ok)
        _ = answer.notice?.xml
    }
}

/// Bytes to be cut up.
struct Input {
    private var bytes: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { self.bytes = bytes[...] }

    mutating func number() -> UInt16 {
        let digits = bytes.prefix(2)
        bytes = bytes.dropFirst(2)
        return digits.reduce(0) { $0 << 8 | UInt16($1) }
    }

    mutating func piece() -> [UInt8] {
        let count = Int(number())
        defer { bytes = bytes.dropFirst(count) }
        return Array(bytes.prefix(count))
    }

    func rest() -> [UInt8] { Array(bytes) }
}
