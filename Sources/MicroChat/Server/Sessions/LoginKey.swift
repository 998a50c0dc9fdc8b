import Glibc
import MicroChatWire

/// The RSA key that logins are encrypted for, made when the server first starts (MicroChat wire protocol, section 7.3).
enum LoginKey {
    /// The version that clients name; there is one key.
    static let version: UInt32 = 1

    /// Reads the key, or makes it and both files. Takes a moment the first time.
    static func loadOrMake(in folder: ServerFolder) throws -> RSAPrivateKey {
        try folder.create()
        if let pem = try read(folder.loginKey) {
            let key = try RSAPrivateKey(pem: pem)
            if try read(folder.loginPublicKey) == nil {
                try write(key.publicKey.pem(), to: folder.loginPublicKey, mode: 0o644)
            }
            return key
        }
        let key = try RSAPrivateKey.generate()
        try write(key.publicKey.pem(), to: folder.loginPublicKey, mode: 0o644)
        try write(key.pem(), to: folder.loginKey, mode: 0o600)
        return key
    }

    private static func read(_ path: String) throws -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw failure(path)
        }
        defer { close(descriptor) }
        var text = [UInt8](repeating: 0, count: 64 << 10)
        let count = Glibc.read(descriptor, &text, text.count)
        guard count >= 0 else { throw failure(path) }
        return String(decoding: text.prefix(count), as: UTF8.self)
    }

    /// Whole or not at all: a half-written key would lock every client out.
    private static func write(_ text: String, to path: String, mode: mode_t) throws {
        let temporary = path + ".new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw failure(temporary) }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        guard fchmod(descriptor, mode) == 0, Glibc.write(descriptor, bytes, bytes.count) == bytes.count,
            fsync(descriptor) == 0, rename(temporary, path) == 0
        else { throw failure(path) }
    }

    private static func failure(_ path: String) -> ServerError {
        .file(path: path, reason: String(cString: strerror(errno)))
    }
}
