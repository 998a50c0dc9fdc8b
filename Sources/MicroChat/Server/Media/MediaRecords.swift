import ContentFiles
import DurableSQLite
import GRDB
import MicroChatWire
import SwiftProtobuf

/// The tables about media.
enum MediaRecords {
    /// An account may have begun this many uploads.
    static let maximumUploads: Int64 = 64

    /// How large something is that an account may fetch; nil if there is no such thing.
    static func size(of digest: ContentDigest, for uin: Int32, _ db: Database) throws -> Int64? {
        try db.value(
            """
            SELECT size FROM media JOIN media_readers USING (digest)
            WHERE media.digest = ? AND media_readers.uin = ?
            """, digest.bytes.blob, uin)
    }

    /// The size that an account has announced for something that it has begun to send.
    static func announced(_ upload: MediaUpload, _ db: Database) throws -> Int64? {
        try db.value(
            "SELECT size FROM uploads WHERE uin = ? AND digest = ?", upload.sender.uin,
            upload.digest.bytes.blob)
    }

    /// Notes that an upload begins, if the account has room for it.
    static func begin(_ upload: MediaUpload, quota: Int64, now: Int64, _ db: Database) throws {
        guard try announced(upload, db) == nil else { return }
        let uin = upload.sender.uin
        let sent: Int64? = try db.value(
            """
            SELECT sum(size) FROM media_readers JOIN media USING (digest)
            WHERE media_readers.uin = ? AND is_sender
            """, uin)
        let coming: Int64? = try db.value("SELECT sum(size) FROM uploads WHERE uin = ?", uin)
        guard (sent ?? 0) + (coming ?? 0) + upload.size <= quota else {
            throw Refusal(.mediaRoomUsedUp)
        }
        let count: Int64? = try db.value("SELECT count(*) FROM uploads WHERE uin = ?", uin)
        guard count ?? 0 < maximumUploads else { throw Refusal(.tooOften) }
        try db.run(
            "INSERT INTO uploads(uin, digest, size, begun_at) VALUES (?, ?, ?, ?)", uin,
            upload.digest.bytes.blob, upload.size, now)
    }

    /// Notes that an upload has become a message, and who may fetch it from now on.
    static func deliver(_ upload: MediaUpload, to readers: [Int32], now: Int64, _ db: Database) throws {
        let digest = upload.digest.bytes.blob
        try db.run(
            """
            INSERT INTO media(digest, size, sent_at) VALUES (?, ?, ?)
            ON CONFLICT DO UPDATE SET sent_at = max(sent_at, excluded.sent_at)
            """, digest, upload.size, now)
        for reader in readers where reader != upload.sender.uin {
            try db.run(
                """
                INSERT INTO media_readers(uin, digest, is_sender) VALUES (?, ?, 0) ON CONFLICT DO NOTHING
                """, reader, digest)
        }
        try db.run(
            """
            INSERT INTO media_readers(uin, digest, is_sender) VALUES (?, ?, 1)
            ON CONFLICT DO UPDATE SET is_sender = 1
            """, upload.sender.uin, digest)
        try db.run("DELETE FROM uploads WHERE uin = ? AND digest = ?", upload.sender.uin, digest)
    }
}

extension MediaUpload {
    /// What a sender is told about its message.
    static func response(
        _ result: NamedSend.Result, have: Int64, time: Int64
    ) -> Microchat_MediaUploadResponse {
        var response = response(have: have)
        response.result = Microchat_ResultHeader(.init(rawValue: result.code))
        guard result.serverID != 0 else { return response }
        response.messageID = result.messageID
        response.serverID = result.serverID
        response.serverTime = UInt32(truncatingIfNeeded: time)
        return response
    }

    /// What a sender is told on the way.
    static func response(have: Int64) -> Microchat_MediaUploadResponse {
        .with {
            $0.result = Microchat_ResultHeader(.ok)
            $0.have = UInt64(clamping: have)
        }
    }
}
