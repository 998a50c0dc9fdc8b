import Glibc

/// Files that are known by what is in them. A file is there whole or not at all, and never changes; what is still
/// coming in grows beside it. Several processes may use one folder.
package struct ContentFolder: Sendable {
    /// Where the files are; only their owner can read them.
    package let path: String

    /// How much is read or hashed at once.
    private static let step = 256 << 10

    /// Makes the folder if it is not there.
    package init(path: String) throws(ContentError) {
        self.path = path
        for folder in [path, path + "/coming"] where unsafe mkdir(folder, 0o700) != 0 {
            guard errno == EEXIST else { throw File.failure(folder) }
        }
    }

    /// Where a file is, if it is there.
    package func path(of digest: ContentDigest) -> String { "\(path)/\(digest.hex)" }

    /// How large a file is; nil if it is not there.
    package func size(of digest: ContentDigest) throws(ContentError) -> Int64? {
        guard let file = try File.existing(path(of: digest)) else { return nil }
        return try file.size
    }

    /// Some of a file's bytes, fewer than `count` only at its end; nil if it is not there.
    package func read(
        _ digest: ContentDigest, at offset: Int64, count: Int
    ) throws(ContentError) -> [UInt8]? {
        guard let file = try File.existing(path(of: digest)) else { return nil }
        return try file.read(at: offset, count: count)
    }

    /// Keeps a copy of somebody's file. What becomes of the original afterwards does not matter.
    package func copy(
        _ original: String, limit: Int64
    ) throws(ContentError) -> (digest: ContentDigest, size: Int64) {
        let source = try File(original, O_RDONLY)
        let coming = Coming(named: "copy-\(getpid())-\(UInt64.random(in: 0 ... .max))", in: self)
        do throws(ContentError) {
            let file = try File(coming.path, O_WRONLY | O_CREAT | O_EXCL)
            let hasher = try ContentHasher()
            var size: Int64 = 0
            while true {
                let bytes = try source.read(at: size, count: Self.step)
                if bytes.isEmpty { break }
                guard size + Int64(bytes.count) <= limit else { throw .tooLarge(limit: limit) }
                try file.write(bytes, at: size)
                try hasher.add(bytes)
                size += Int64(bytes.count)
            }
            try file.flush()
            let digest = try hasher.finish()
            try coming.rename(to: digest)
            return (digest, size)
        } catch {
            coming.remove()
            throw error
        }
    }

    /// Keeps bytes at hand.
    package func keep(_ bytes: [UInt8]) throws(ContentError) -> ContentDigest {
        let coming = Coming(named: "keep-\(getpid())-\(UInt64.random(in: 0 ... .max))", in: self)
        do throws(ContentError) {
            _ = try coming.append(bytes, at: 0)
            let digest = try ContentDigest.of(bytes)
            try coming.finish(as: digest)
            return digest
        } catch {
            coming.remove()
            throw error
        }
    }

    /// Removes a file, if it is there.
    package func remove(_ digest: ContentDigest) { unsafe unlink(path(of: digest)) }

    /// The digest of what a file really holds.
    static func digest(ofFileAt path: String) throws(ContentError) -> ContentDigest {
        let file = try File(path, O_RDONLY)
        let hasher = try ContentHasher()
        var offset: Int64 = 0
        while true {
            let bytes = try file.read(at: offset, count: step)
            if bytes.isEmpty { return try hasher.finish() }
            try hasher.add(bytes)
            offset += Int64(bytes.count)
        }
    }
}
