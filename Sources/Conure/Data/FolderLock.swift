import Foundation

/// Keeps a second program off a data folder. The system takes the lock back when the process ends, however it ends.
struct FolderLock: ~Copyable {
    private let descriptor: Int32

    /// - Throws: if another process holds the folder.
    init(_ folder: DataFolder) throws {
        try folder.create()
        let file = open(folder.lock, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            throw Failure("cannot use the data folder \(folder.path): \(String(cString: strerror(errno)))")
        }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            close(file)
            let holder = Self.holder(of: folder).map { " (process \($0))" } ?? ""
            throw Failure(
                "the data folder \(folder.path) is in use by another conure\(holder): stop it, or use --data DIR"
            )
        }
        ftruncate(file, 0)
        let pid = "\(getpid())\n"
        _ = pid.withCString { write(file, $0, strlen($0)) }
        descriptor = file
    }

    deinit { close(descriptor) }

    /// The process that holds the folder; nil if none does.
    static func holder(of folder: DataFolder) -> Int32? {
        let descriptor = open(folder.lock, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        guard flock(descriptor, LOCK_SH | LOCK_NB) != 0 else { return nil }
        let text = (try? String(contentsOfFile: folder.lock, encoding: .utf8)) ?? ""
        return Int32(text.trimmingCharacters(in: .whitespacesAndNewlines))
    }
}
