/// How a packet's body is encrypted (MicroChat wire protocol, section 6).
package struct Cipher: RawRepresentable, Hashable, Sendable {
    /// Four bits on the wire.
    package let rawValue: UInt8

    /// Any cipher.
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Not at all: only refusals that are a header and nothing else.
    package static let none = Cipher(rawValue: 0)
    /// RSA, calls without a session.
    package static let rsa = Cipher(rawValue: 1)
    /// AES: every response, and every request of a session.
    package static let aes = Cipher(rawValue: 5)
    /// RSA, login.
    package static let rsaLogin = Cipher(rawValue: 7)

    /// Readers treat both RSA numbers alike.
    package var isRSA: Bool { self == .rsa || self == .rsaLogin }
}
