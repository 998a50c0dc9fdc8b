/// The opaque bytes that name a session to the server (MicroChat wire protocol, section 6).
package struct Cookie: Hashable, Sendable, Redacted {
    /// What servers hand out, because deployed clients skip this many whatever the header says.
    package static let length = 15

    /// None to fifteen bytes.
    package let bytes: [UInt8]

    /// A cookie as received.
    package init(bytes: [UInt8]) throws(WireError) {
        guard bytes.count <= Self.length else { throw .packet(.headerTooLong) }
        self.bytes = bytes
    }

    private init(unchecked bytes: [UInt8]) { self.bytes = bytes }

    /// No cookie: a response with it leaves the client's as it is.
    package static let empty = Cookie(unchecked: [])
    /// What a login request carries.
    package static let zero = Cookie(unchecked: [UInt8](repeating: 0, count: length))

    /// A fresh one.
    package static func random() -> Cookie { Cookie(unchecked: Randomness.bytes(length)) }
}
