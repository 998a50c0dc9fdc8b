import Glibc

/// An open file, closed when it goes out of scope. Every call is repeated until all of it is done.
struct File: ~Copyable {
    private let descriptor: Int32
    private let path: String

    /// - Parameter flags: such as `O_RDONLY`. What is made is for its owner alone.
    init(_ path: String, _ flags: Int32) throws(ContentError) {
        descriptor = unsafe open(path, flags | O_CLOEXEC, 0o600)
        self.path = path
        guard descriptor >= 0 else { throw Self.failure(path) }
    }

    deinit { close(descriptor) }

    /// - Returns: nil if there is no such file.
    static func existing(_ path: String) throws(ContentError) -> File? {
        do throws(ContentError) {
            return try File(path, O_RDONLY)
        } catch {
            if unsafe Glibc.access(path, F_OK) != 0, errno == ENOENT { return nil }
            throw error
        }
    }

    var size: Int64 {
        get throws(ContentError) {
            var status = stat()
            guard unsafe fstat(descriptor, &status) == 0 else { throw Self.failure(path) }
            return Int64(status.st_size)
        }
    }

    /// Up to `count` bytes; fewer only at the file's end.
    func read(at offset: Int64, count: Int) throws(ContentError) -> [UInt8] {
        var failed = false
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let got = unsafe pread(
                    descriptor, buffer.baseAddress.map { unsafe $0 + filled }, count - filled,
                    off_t(offset) + off_t(filled))
                if got < 0, errno == EINTR { continue }
                failed = got < 0
                guard got > 0 else { break }
                filled += got
            }
        }
        guard !failed else { throw Self.failure(path) }
        return bytes
    }

    func write(_ bytes: [UInt8], at offset: Int64) throws(ContentError) {
        var done = 0
        while done < bytes.count {
            let put = unsafe bytes.withUnsafeBytes { buffer in
                unsafe pwrite(
                    descriptor, buffer.baseAddress.map { unsafe $0 + done }, buffer.count - done,
                    off_t(offset) + off_t(done))
            }
            if put < 0, errno == EINTR { continue }
            guard put > 0 else { throw Self.failure(path) }
            done += put
        }
    }

    /// Returns once the bytes are on disk.
    func flush() throws(ContentError) {
        guard fsync(descriptor) == 0 else { throw Self.failure(path) }
    }

    static func failure(_ path: String) -> ContentError {
        .file(path: path, reason: unsafe String(cString: strerror(errno)))
    }
}
