import MicroChatWire

/// The RSA key that logins are encrypted for, made when the server first starts (MicroChat wire protocol, section 7.3).
enum LoginKey {
    /// The version that clients name; there is one key.
    static let version: UInt32 = 1

    /// Reads the key, or makes it and both files. Takes a moment the first time.
    static func loadOrMake(in folder: ServerFolder) throws -> RSAPrivateKey {
        try folder.create()
        if let pem = try ServerFile.read(folder.loginKey) {
            let key = try RSAPrivateKey(pem: pem)
            if try ServerFile.read(folder.loginPublicKey) == nil {
                try ServerFile.write(key.publicKey.pem(), to: folder.loginPublicKey, mode: 0o644)
            }
            return key
        }
        let key = try RSAPrivateKey.generate()
        try ServerFile.write(key.publicKey.pem(), to: folder.loginPublicKey, mode: 0o644)
        try ServerFile.write(key.pem(), to: folder.loginKey, mode: 0o600)
        return key
    }
}
