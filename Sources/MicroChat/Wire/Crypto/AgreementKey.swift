import CSystemLibraries.OpenSSL

/// One side's key pair of the key agreement on secp224r1 (MicroChat wire protocol, section 7.4).
package struct AgreementKey: Sendable, Redacted {
    /// OpenSSL's number of the curve, which is also the one on the wire.
    package static let curve = NID_secp224r1
    /// How long a coordinate or a scalar is.
    package static let coordinateLength = 28
    /// How long an uncompressed point is: 04, X, Y.
    package static let publicKeyLength = 57

    /// The point to give to the other side.
    package let publicKey: [UInt8]
    private let scalar: [UInt8]

    /// A fresh key pair.
    package init() throws(WireError) {
        let curve = try Curve()
        let scalar = try curve.randomScalar()
        self.publicKey = try curve.multiply(nil, by: scalar)
        self.scalar = scalar
    }

    /// The key pair of a known scalar: 28 bytes, big-endian.
    package init(scalar: [UInt8]) throws(WireError) {
        guard scalar.count == Self.coordinateLength else { throw .key }
        self.publicKey = try Curve().multiply(nil, by: scalar)
        self.scalar = scalar
    }

    /// What both sides share.
    ///
    /// - Throws: `WireError.key` if the other side's point is not on the curve.
    package func agree(with publicKey: [UInt8]) throws(WireError) -> SharedSecret {
        guard publicKey.count == Self.publicKeyLength, publicKey.first == 4 else { throw .key }
        let product = try Curve().multiply(publicKey, by: scalar)
        return SharedSecret(x: Array(product.dropFirst().prefix(Self.coordinateLength)))
    }
}

/// The product of a key agreement.
package struct SharedSecret: Sendable, Redacted {
    /// The big-endian X coordinate, leading zeros kept.
    package let x: [UInt8]

    /// One deployed client hashes X only up to its first zero byte, so a server avoids having one.
    package var hasZeroByte: Bool { x.contains(0) }

    /// The AES key: the MD5 of all 28 bytes.
    package func key() throws(WireError) -> SymmetricKey {
        try SymmetricKey(bytes: MD5.digest(x))
    }
}
