import Glibc

extension ContentFolder {
    /// A file in the folder.
    package struct Entry: Sendable {
        package let digest: ContentDigest
        package let size: Int64
        /// When it came or was last wanted, in seconds since 1970.
        package let used: Int64
    }

    /// The files, in no order. What else lies in the folder is nobody's business here.
    package func entries() throws(ContentError) -> [Entry] {
        try Self.names(in: path).compactMap { name in
            guard let digest = ContentDigest(hex: name), let status = Self.status(of: "\(path)/\(name)")
            else {
                return nil
            }
            return Entry(digest: digest, size: status.size, used: status.used)
        }
    }

    /// Notes that a file is wanted, so that it is not the next to go.
    package func touch(_ digest: ContentDigest) { unsafe utimensat(AT_FDCWD, path(of: digest), nil, 0) }

    /// Removes the files that were not wanted for longest, until this much more fits.
    ///
    /// - Parameters:
    ///   - limit: what all files may have together.
    ///   - now: files wanted within the hour before stay: whoever put them there may not have said so yet.
    ///   - isNeeded: files that must stay.
    package func makeRoom(
        for size: Int64, within limit: Int64, now: Int64, isNeeded: (ContentDigest) -> Bool
    ) throws(ContentError) {
        let entries = try entries()
        var total = entries.reduce(size) { $0 + $1.size }
        guard total > limit else { return }
        for entry in entries.sorted(by: { $0.used < $1.used })
        where entry.used < now - 3600 && !isNeeded(entry.digest) {
            remove(entry.digest)
            total -= entry.size
            if total <= limit { return }
        }
    }

    /// Throws away what has been coming in without end.
    ///
    /// - Parameter time: in seconds since 1970; what got its last piece before that goes.
    package func removeComing(before time: Int64) throws(ContentError) {
        for name in try Self.names(in: path + "/coming") {
            let file = "\(path)/coming/\(name)"
            if let status = Self.status(of: file), status.used < time { unsafe unlink(file) }
        }
    }

    private static func names(in folder: String) throws(ContentError) -> [String] {
        guard let stream = unsafe opendir(folder) else { throw File.failure(folder) }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    private static func status(of path: String) -> (size: Int64, used: Int64)? {
        var status = Glibc.stat()
        guard unsafe lstat(path, &status) == 0 else { return nil }
        return (Int64(status.st_size), Int64(status.st_mtim.tv_sec))
    }
}
