import Glibc

/// Small files of the server, which appear whole or not at all.
enum ServerFile {
    /// The text of a file; nil if there is none.
    static func read(_ path: String) throws -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw failure(path)
        }
        defer { close(descriptor) }
        var text = [UInt8](repeating: 0, count: 256 << 10)
        let count = Glibc.read(descriptor, &text, text.count)
        guard count >= 0 else { throw failure(path) }
        return String(decoding: text.prefix(count), as: UTF8.self)
    }

    /// Whole or not at all: a half-written key would lock every client out.
    static func write(_ text: String, to path: String, mode: mode_t) throws {
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
