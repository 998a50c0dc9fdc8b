import ContentFiles
import DurableSQLite
import FoundationEssentials
import GRDB

/// Forgets media that are old or nobody's, and uploads that never came to an end.
///
/// Files go in the transaction that forgets them: what another transaction finds on the shelf stays there until that
/// is over.
struct MediaUpkeep: Sendable {
    /// How long something is kept after it was last sent.
    static let mediaAge: Int64 = 30 * 24 * 3600
    /// How long an upload may take.
    static let uploadAge: Int64 = 48 * 3600
    private static let step = 100

    let database: DurableDatabase
    let shelf: MediaShelf

    func run(now: Int64) async throws {
        try await repeatedly { db in
            let old = try db.rows(
                "SELECT digest FROM media WHERE sent_at < ? ORDER BY sent_at LIMIT \(Self.step)",
                now - Self.mediaAge)
            return try remove(Self.digests(old), db)
        }
        let gone = try await database.read { db in
            try db.all(
                """
                SELECT uin FROM accounts WHERE removed_at IS NOT NULL
                AND EXISTS (SELECT 1 FROM media_readers WHERE media_readers.uin = accounts.uin)
                """
            ) { Int32(truncatingIfNeeded: $0.integer(0)) }
        }
        for uin in gone { try await repeatedly { try removeReader(uin, $0) } }
        try await repeatedly { try removeUploads(before: now - Self.uploadAge, $0) }
    }

    /// Removes files that no record knows, which a crash can leave behind.
    func removeStrays() async throws {
        let yesterday = Int64(Date().timeIntervalSince1970) - 24 * 3600
        try shelf.removeComing(before: yesterday - Self.uploadAge)
        let known = try await database.read { db in
            try Set(Self.digests(db.rows("SELECT digest FROM media")))
        }
        for digest in try shelf.digests(before: yesterday) where !known.contains(digest) {
            try await database.write { db in
                guard try !Self.isKnown(digest, db) else { return }
                shelf.remove(digest)
            }
        }
    }

    private static func isKnown(_ digest: ContentDigest, _ db: Database) throws -> Bool {
        let known: Int64? = try db.value("SELECT 1 FROM media WHERE digest = ?", digest.bytes.blob)
        return known != nil
    }

    private func repeatedly(_ step: @escaping @Sendable (Database) throws -> Int) async throws {
        var removed = Self.step
        while removed == Self.step {
            try Task.checkCancellation()
            removed = try await database.write(step)
        }
    }

    private func remove(_ digests: [ContentDigest], _ db: Database) throws -> Int {
        for digest in digests {
            try db.run("DELETE FROM media_readers WHERE digest = ?", digest.bytes.blob)
            try db.run("DELETE FROM media WHERE digest = ?", digest.bytes.blob)
            shelf.remove(digest)
        }
        return digests.count
    }

    /// Takes what an account may fetch away from it, and removes what nobody else may.
    private func removeReader(_ uin: Int32, _ db: Database) throws -> Int {
        let digests = try Self.digests(
            db.rows("SELECT digest FROM media_readers WHERE uin = ? LIMIT \(Self.step)", uin))
        for digest in digests {
            let bytes = digest.bytes.blob
            try db.run("DELETE FROM media_readers WHERE uin = ? AND digest = ?", uin, bytes)
            let other: Int64? = try db.value("SELECT 1 FROM media_readers WHERE digest = ? LIMIT 1", bytes)
            if other == nil { _ = try remove([digest], db) }
        }
        return digests.count
    }

    private func removeUploads(before limit: Int64, _ db: Database) throws -> Int {
        let rows = try db.rows(
            "SELECT uin, digest FROM uploads WHERE begun_at < ? ORDER BY begun_at LIMIT \(Self.step)", limit)
        var old: [(uin: Int32, digest: Data)] = []
        while let row = try rows.next() { old.append((row[0], row[1])) }
        for (uin, digest) in old {
            try db.run("DELETE FROM uploads WHERE uin = ? AND digest = ?", uin, digest)
            if let digest = ContentDigest(bytes: digest) { shelf.removeComing(digest, of: uin) }
        }
        return old.count
    }

    private static func digests(_ rows: RowCursor) throws -> [ContentDigest] {
        var digests: [ContentDigest] = []
        while let row = try rows.next() {
            if let digest = ContentDigest(bytes: row[0] as Data) { digests.append(digest) }
        }
        return digests
    }
}
