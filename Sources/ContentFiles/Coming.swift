import Glibc

/// Something that comes in piece by piece. What is there survives the process; it becomes one of the folder's files
/// only if it is what its digest says.
package struct Coming: Sendable {
    private let folder: ContentFolder
    let path: String

    /// - Parameter name: tells those apart that come in at the same time; no slash in it.
    package init(named name: String, in folder: ContentFolder) {
        self.folder = folder
        path = "\(folder.path)/coming/\(name.replacing("/", with: "_"))"
    }

    /// How much is there.
    package var size: Int64 {
        get throws(ContentError) { try File.existing(path)?.size ?? 0 }
    }

    /// Adds a piece if it begins where what is there ends; otherwise nothing happens.
    ///
    /// - Returns: how much is there now.
    package func append(_ bytes: [UInt8], at offset: Int64) throws(ContentError) -> Int64 {
        let file = try File(path, O_WRONLY | O_CREAT)
        let size = try file.size
        guard offset == size else { return size }
        try file.write(bytes, at: offset)
        return size + Int64(bytes.count)
    }

    /// Makes it one of the folder's files, on disk when this returns. If it is not what the digest says it is removed.
    package func finish(as digest: ContentDigest) throws(ContentError) {
        guard try ContentFolder.digest(ofFileAt: path) == digest else {
            remove()
            throw .damaged
        }
        try File(path, O_RDONLY).flush()
        try rename(to: digest)
    }

    /// Throws away what is there.
    package func remove() { unsafe unlink(path) }

    func rename(to digest: ContentDigest) throws(ContentError) {
        let destination = folder.path(of: digest)
        guard unsafe Glibc.rename(path, destination) == 0 else { throw File.failure(destination) }
        try File(folder.path, O_RDONLY | O_DIRECTORY).flush()
    }
}
