import MicroChatWire
import Testing

@testable import MicroChatServer

@Suite struct `A password` {
    @Test func `is proved as often as it is given, and no other for it`() throws {
        let (right, wrong) = (try PasswordDigest(password: "secret"), try PasswordDigest(password: "Secret"))
        let kept = try PasswordHash(of: right)
        let passwords = ProvenPasswords(capacity: 1)
        for _ in 0..<3 {
            #expect(try passwords.matches(wrong, kept) == false)
            #expect(try passwords.matches(right, kept))
        }
        // What was proved of one hash says nothing of another.
        let changed = try PasswordHash(of: wrong)
        #expect(try passwords.matches(right, changed) == false)
        #expect(try passwords.matches(wrong, changed))
        #expect(try passwords.matches(right, kept))
    }

    @Test func `that was kept without its cost still counts`() throws {
        let (right, wrong) = (try PasswordDigest(password: "secret"), try PasswordDigest(password: "Secret"))
        let salt = Randomness.bytes(16)
        let hash = try Scrypt(cost: 4096, blockSize: 8, lanes: 1).hash(Array(right.hex.utf8), salt: salt)
        let kept = PasswordHash(salt: salt, hash: hash)
        #expect(try kept.matches(right))
        #expect(try kept.matches(wrong) == false)
    }
}
