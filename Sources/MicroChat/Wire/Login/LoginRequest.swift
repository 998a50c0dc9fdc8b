/// What somebody who logs in says (MicroChat wire protocol, section 8.1).
package struct LoginRequest: Sendable, Redacted {
    /// Account name, phone number or wxid.
    package var userName: String
    /// The password as it travels.
    package var password: PasswordDigest
    /// Encrypts the device block and the answer.
    package var clientKey: SymmetricKey
    /// The client's point for the key agreement, not yet checked.
    package var publicKey: [UInt8]
    /// The device as it describes itself; none of it is required.
    package var device: Microchat_LoginDeviceBlock
    /// In the packet header; servers do not refuse by it.
    package var clientVersion: Int32

    /// A request.
    package init(
        userName: String, password: PasswordDigest, clientKey: SymmetricKey, publicKey: [UInt8],
        device: Microchat_LoginDeviceBlock, clientVersion: Int32
    ) {
        self.userName = userName
        self.password = password
        self.clientKey = clientKey
        self.publicKey = publicKey
        self.device = device
        self.clientVersion = clientVersion
    }
}

/// Client versions.
package enum ClientVersion {
    /// What both described clients send.
    package static let classic: Int32 = 637_927_472
}

extension Microchat_EcdhPublicKey {
    /// A point on the curve that the protocol uses.
    package init(point: [UInt8]) {
        self.init()
        curveNid = AgreementKey.curve
        key = Microchat_BytesBox(point)
    }
}
