import DurableSQLite
import FoundationEssentials
import GRDB
import MicroChatWire

extension Exchange {
    /// A picture as it is served.
    struct ServedPicture: Sendable {
        let contentType: String
        let bytes: Data
    }

    /// The picture with a digest.
    func picture(_ digest: String, then complete: @escaping @Sendable (ServedPicture?) -> Void) {
        database.read { db in
            let rows = try db.rows("SELECT type, data FROM pictures WHERE digest = ?", digest)
            return try rows.next().map { ServedPicture(contentType: $0[0], bytes: $0[1]) }
        } then: {
            complete(try? $0.get())
        }
    }

    /// Sets the own picture, or a room's (docs/protocol-extensions.md). Everybody who has the account in their list, and
    /// every member, gets the contact anew.
    func setHeadPicture(
        _ plaintext: [UInt8], from device: Device, then complete: @escaping @Sendable (Answer) -> Void
    ) {
        guard let request = try? Microchat_SetHeadPictureRequest(plaintext: plaintext) else {
            return complete(.refusal(.badArgument))
        }
        change(.setHeadPicture, from: device, then: complete) { [pictureAddresses] edit, account in
            let digest = try Self.keep(request.picture.bytes, edit)
            if request.room.isEmpty {
                try Self.set(digest, of: account, &edit)
            } else {
                let room = try Room(request.room, for: account.uin, edit.db)
                guard room.owner == account.uin else { throw Refusal(.ownerOnly) }
                let old = try room.setPicture(digest, &edit)
                try Self.forget(old, edit)
                try room.publish(&edit)
            }
            var response = Microchat_SetHeadPictureResponse()
            response.result = Microchat_ResultHeader(.ok)
            response.bigHeadURL = pictureAddresses.big(digest)
            response.smallHeadURL = pictureAddresses.small(digest)
            return response
        }
    }

    /// Stores a picture under its digest.
    private static func keep(_ bytes: [UInt8], _ edit: Edit) throws -> String {
        if bytes.isEmpty { return "" }
        guard let picture = Picture(bytes) else { throw Refusal(.badArgument) }
        let digest = try SHA256.hex(bytes)
        try edit.db.run(
            """
            INSERT INTO pictures(digest, type, data, created_at) VALUES (?, ?, ?, ?)
            ON CONFLICT(digest) DO UPDATE SET created_at = excluded.created_at
            """, digest, picture.contentType, bytes.blob, edit.now)
        return digest
    }

    /// Drops a picture that nobody has any more, so that there are never more than people and rooms.
    private static func forget(_ digest: String, _ edit: Edit) throws {
        try edit.db.run(
            """
            DELETE FROM pictures WHERE digest = ?
            AND NOT EXISTS (SELECT 1 FROM accounts WHERE picture = digest AND picture <> '')
            AND NOT EXISTS (SELECT 1 FROM rooms WHERE picture = digest AND picture <> '')
            """, digest)
    }

    private static func set(_ digest: String, of account: Directory.Account, _ edit: inout Edit) throws {
        guard account.picture != digest else { return }
        try edit.db.run("UPDATE accounts SET picture = ? WHERE uin = ?", digest, account.uin)
        try forget(account.picture, edit)
        try edit.noteAccount(account.uin)
        let owners = try edit.db.all(
            "SELECT owner FROM contacts WHERE contact = ? AND NOT is_removed", account.uin
        ) { Int32(truncatingIfNeeded: $0.integer(0)) }
        for owner in owners {
            guard let position = try edit.drawContactPosition(of: owner) else { continue }
            try edit.db.run(
                "UPDATE contacts SET position = ? WHERE owner = ? AND contact = ?", position, owner,
                account.uin)
        }
    }
}
