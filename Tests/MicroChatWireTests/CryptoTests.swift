import MicroChatWire
import Testing

struct `Ciphers and keys` {
    private let serverKey = Result { try RSAPrivateKey(pem: VectorFile.shared.rsa_private_key_pem) }

    @Test(arguments: VectorFile.vectors("aes"))
    func `encrypt with AES as the vectors say`(vector: Vector) throws {
        let key = try SymmetricKey(bytes: try #require(vector.key).bytes)
        let plain = try #require(vector.plain).bytes
        #expect(try key.seal(plain) == vector.cipher?.bytes)
        #expect(try key.open(try #require(vector.cipher).bytes) == plain)
    }

    @Test(arguments: VectorFile.vectors("aes-zlib"))
    func `decrypt and inflate any valid zlib stream`(vector: Vector) throws {
        let key = try SymmetricKey(bytes: try #require(vector.key).bytes)
        let plain = try #require(vector.plain).bytes
        let packed = try key.open(try #require(vector.cipher).bytes)
        #expect(try Compression.inflate(packed, length: plain.count) == plain)
        for wrong in [plain.count - 1, plain.count + 1, 0] {
            #expect(throws: WireError.compression) { try Compression.inflate(packed, length: wrong) }
        }
    }

    @Test(arguments: VectorFile.vectors("aes-invalid"))
    func `refuse a bad padding`(vector: Vector) throws {
        let key = try SymmetricKey(bytes: try #require(vector.key).bytes)
        let sealed = try #require(vector.cipher).bytes
        #expect(throws: WireError.undecipherable) { try key.open(sealed) }
        #expect(throws: WireError.undecipherable) { try key.open([]) }
        #expect(throws: WireError.undecipherable) { try key.open([1, 2, 3]) }
    }

    @Test(arguments: VectorFile.vectors("rsa"))
    func `decrypt RSA blocks as the vectors say, and their own`(vector: Vector) throws {
        let key = try serverKey.get()
        let plain = try #require(vector.plain).bytes
        #expect(try key.open(try #require(vector.cipher).bytes) == plain)
        let sealed = try RSAPublicKey(pem: key.publicKey.pem()).seal(plain)
        #expect(sealed.count == (plain.count + 243) / 244 * 256)
        #expect(try key.open(sealed) == plain)
    }

    @Test func `refuse damaged, odd and too many RSA blocks alike`() throws {
        let key = try serverKey.get()
        var sealed = try key.publicKey.seal([1, 2, 3])
        sealed[100] ^= 1
        // OpenSSL 3.2 and later give random bytes for a bad padding; both are fine.
        if let opened = try? key.open(sealed) { #expect(opened != [1, 2, 3]) }
        for bad in [[], [1], [UInt8](repeating: 1, count: 256 * 17)] {
            #expect(throws: WireError.login) { try key.open(bad) }
        }
    }

    @Test func `make an RSA key that survives its PEM`() throws {
        let key = try RSAPrivateKey.generate()
        #expect(key.publicKey.blockLength == 256)
        let again = try RSAPrivateKey(pem: key.pem())
        #expect(try again.open(key.publicKey.seal([7, 8])) == [7, 8])
        #expect(try key.publicKey.pem().hasPrefix("-----BEGIN PUBLIC KEY-----"))
        #expect(throws: WireError.key) { try RSAPublicKey(pem: "nonsense") }
    }

    @Test(arguments: VectorFile.vectors("ecdh"))
    func `agree on the vectors' secrets`(vector: Vector) throws {
        let a = try AgreementKey(scalar: try #require(vector.scalar_a).bytes)
        let b = try AgreementKey(scalar: try #require(vector.scalar_b).bytes)
        #expect(a.publicKey == vector.public_a?.bytes)
        #expect(b.publicKey == vector.public_b?.bytes)
        let secret = try a.agree(with: b.publicKey)
        #expect(secret.x == vector.shared_x?.bytes)
        #expect(try secret.key().bytes == vector.key?.bytes)
        #expect(try b.agree(with: a.publicKey).x == secret.x)
        #expect(secret.hasZeroByte == secret.x.contains(0))
    }

    @Test func `refuse points off the curve and of a wrong length`() throws {
        let key = try AgreementKey()
        var point = try AgreementKey().publicKey
        point[56] ^= 1
        let infinity: [UInt8] = [0]
        for bad in [point, infinity, [], Array(key.publicKey.dropLast()), [UInt8](repeating: 4, count: 57)] {
            #expect(throws: WireError.key) { try key.agree(with: bad) }
        }
    }

    @Test func `agree freshly both ways`() throws {
        let a = try AgreementKey()
        let b = try AgreementKey()
        #expect(try a.agree(with: b.publicKey).x == b.agree(with: a.publicKey).x)
    }

    @Test(arguments: [0, 1, 255, 256, 511, 512, 4_096, 70_000, 1_000_000])
    func `deflate and inflate any length`(length: Int) throws {
        let noise = Randomness.bytes(length)
        for plain in [noise, [UInt8](repeating: 65, count: length)] {
            #expect(try Compression.inflate(Compression.deflate(plain), length: length) == plain)
        }
    }

    @Test func `reserve no memory for a promise that a stream cannot keep`() throws {
        let tiny = try Compression.deflate([1])
        #expect(throws: WireError.compression) { try Compression.inflate(tiny, length: Compression.limit) }
        #expect(throws: WireError.compression) {
            try Compression.inflate(tiny, length: Compression.limit + 1)
        }
    }

    @Test func `hash a password as it travels`() throws {
        let digest = try PasswordDigest(password: "secret")
        #expect(digest.hex == VectorFile.vectors("login-request").first?.password_md5)
    }

    @Test func `draw session keys of printable characters`() {
        for _ in 0..<50 {
            let bytes = SymmetricKey.randomPrintable().bytes
            #expect(bytes.count == 16 && bytes.allSatisfy { (33...126).contains($0) })
        }
    }

    @Test func `hash passwords slowly and compare in constant time`() throws {
        let cheap = Scrypt(cost: 16, blockSize: 8, lanes: 1)
        let hash = try cheap.hash([1], salt: [2])
        #expect(hash.count == 32)
        #expect(ConstantTime.areEqual(hash, try cheap.hash([1], salt: [2])))
        #expect(!ConstantTime.areEqual(hash, try cheap.hash([1], salt: [3])))
        #expect(!ConstantTime.areEqual(hash, []))
    }
}
