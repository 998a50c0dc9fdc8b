package import BotKit
import DurableSQLite
import GRDB

/// A picture, voice, video or file that came in.
package struct ReceivedMedia: Sendable {
    /// Its place in the account's journal.
    package var number: Int64
    package var account: AccountID
    package var chat: ChatID
    /// Who sent it, by the name that is known of them, else by id.
    package var sender: String
    package var time: Timestamp
    /// What it is.
    package var content: Content
}

extension Store {
    /// The media that came in, newest first.
    package func receivedMedia(of account: AccountID, limit: Int) async throws -> [ReceivedMedia] {
        try await receivedMedia("event.account = ?1 AND ?2 IS NULL", account, nil, limit: limit)
    }

    /// One of them; nil if that event is something else.
    package func receivedMedia(_ number: Int64, of account: AccountID) async throws -> ReceivedMedia? {
        try await receivedMedia("event.account = ?1 AND number = ?2", account, number, limit: 1).first
    }

    private func receivedMedia(
        _ condition: String, _ account: AccountID, _ number: Int64?, limit: Int
    ) async throws -> [ReceivedMedia] {
        try await database.read { db in
            try db.all(
                """
                SELECT event.number, event.chat, coalesce(nullif(contact.remark, ''), nullif(contact.name, ''), sender),
                    time, event.kind, event.text
                FROM event INDEXED BY event_media
                LEFT JOIN contact ON contact.account = event.account AND contact.id = sender
                WHERE \(condition) AND event.kind IN ('image', 'voice', 'video', 'file')
                ORDER BY event.number DESC LIMIT ?3
                """, account.rawValue, number, limit
            ) { row in
                ReceivedMedia(
                    number: row.integer(0), account: account, chat: ChatID(row.text(1)), sender: row.text(2),
                    time: Timestamp(microseconds: row.integer(3)),
                    content: Content(kind: row.text(4), text: row.text(5)))
            }
        }
    }

    /// The digests of what the outbox still has to send, thumbnails included.
    package func mediaToSend() async throws -> Set<String> {
        try await database.read { db in
            let contents = try db.all(
                """
                SELECT kind, text FROM outbox INDEXED BY outbox_open
                WHERE settled IS NULL AND planned = 0 AND kind IN ('image', 'voice', 'video', 'file')
                UNION ALL
                SELECT kind, text FROM outbox INDEXED BY outbox_planned
                WHERE settled IS NULL AND planned = 1 AND kind IN ('image', 'voice', 'video', 'file')
                """
            ) { Content(kind: $0.text(0), text: $0.text(1)) }
            return Set(contents.compactMap(\.media).flatMap { [$0.digest, $0.thumbnail] })
        }
    }
}
