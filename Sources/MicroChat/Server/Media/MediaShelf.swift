import ContentFiles
import Synchronization

/// The server's media as files. Its calls block, so they run on threads of their own.
final class MediaShelf: Sendable {
    /// More than this an account may not have on the server, what is still coming in included.
    let quota: Int64
    private let folder: ContentFolder

    /// Requests about one upload take turns; those about others seldom meet.
    private final class Turn: Sendable {
        let mutex = Mutex(())
    }
    private let turns = (0..<64).map { _ in Turn() }

    init(path: String, quota: Int64) throws {
        folder = try ContentFolder(path: path)
        self.quota = quota
    }

    /// Adds a piece, and keeps the whole once it is there.
    ///
    /// - Returns: how much of it is there.
    func take(_ upload: MediaUpload) throws -> Int64 {
        let coming = coming(upload.digest, of: upload.sender.uin)
        return try turns[Int(upload.digest.bytes[0]) % turns.count].mutex.withLock { _ in
            let have =
                upload.data.isEmpty ? try coming.size : try coming.append(upload.data, at: upload.offset)
            if have >= upload.size { try coming.finish(as: upload.digest) }
            return have
        }
    }

    /// Some bytes of what is there; nil if it is not.
    func read(_ digest: ContentDigest, at offset: Int64, count: Int) throws -> [UInt8]? {
        try folder.read(digest, at: offset, count: count)
    }

    /// Whether something is there whole.
    func has(_ digest: ContentDigest) -> Bool { (try? folder.size(of: digest)) != nil }

    func remove(_ digest: ContentDigest) { folder.remove(digest) }

    func removeComing(_ digest: ContentDigest, of uin: Int32) { coming(digest, of: uin).remove() }

    /// What lies there since before a time, in seconds since 1970.
    func digests(before time: Int64) throws -> [ContentDigest] {
        try folder.entries().filter { $0.used < time }.map(\.digest)
    }

    func removeComing(before time: Int64) throws { try folder.removeComing(before: time) }

    private func coming(_ digest: ContentDigest, of uin: Int32) -> Coming {
        Coming(named: "\(uin)-\(digest)", in: folder)
    }
}
