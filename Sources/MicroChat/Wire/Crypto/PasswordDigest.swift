/// A password as it travels: the MD5 of its UTF-8 in 32 lower-case hex digits (MicroChat wire protocol, section 8.1).
package struct PasswordDigest: Hashable, Sendable, Redacted {
    /// The 32 digits. Never to be logged.
    package let hex: String

    /// The digest of a password.
    package init(password: String) throws(WireError) {
        let digits = Array("0123456789abcdef".utf8)
        let characters = try MD5.digest(Array(password.utf8)).flatMap { byte in
            [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
        hex = String(decoding: characters, as: UTF8.self)
    }

    /// A digest as received, whatever it is; a wrong one matches no account.
    package init(hex: String) { self.hex = hex }
}
