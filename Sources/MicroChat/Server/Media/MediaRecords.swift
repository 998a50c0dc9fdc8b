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
            throw MediaRefusal(.mediaRoomUsedUp)
        }
        let count: Int64? = try db.value("SELECT count(*) FROM uploads WHERE uin = ?", uin)
        guard count ?? 0 < maximumUploads else { throw MediaRefusal(.tooOften) }
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

    /// What became of the message when it was sent before; nil if it was not.
    static func firstResult(
        of upload: MediaUpload, _ db: Database
    ) throws -> Microchat_MediaUploadResponse? {
        let rows = try db.rows(
            """
            SELECT code, message_id, server_id, sent_at FROM sends
            WHERE create_time = ? AND sender = ? AND client_id = ? AND recipient = ?
            """, Int64(upload.createTime), upload.sender.uin, Int64(upload.clientID), upload.to)
        return try rows.next().map {
            MediaUpload.response(
                .init(rawValue: $0[0]), have: upload.size,
                messageID: UInt32(truncatingIfNeeded: $0[1] as Int64), serverID: $0[2], time: $0[3])
        }
    }
}

extension MediaUpload {
    /// What a sender is told about its message.
    static func response(
        _ code: MicroChatWire.ResultCode, have: Int64, messageID: UInt32 = 0, serverID: Int64 = 0,
        time: Int64 = 0
    ) -> Microchat_MediaUploadResponse {
        .with {
            $0.result = Microchat_ResultHeader(code)
            guard code == .ok else { return }
            $0.have = UInt64(clamping: have)
            guard serverID != 0 else { return }
            $0.messageID = messageID
            $0.serverID = serverID
            $0.serverTime = UInt32(truncatingIfNeeded: time)
        }
    }
}
