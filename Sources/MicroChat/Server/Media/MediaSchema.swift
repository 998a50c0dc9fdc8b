import DurableSQLite

extension Schema {
    /// What is known of pictures, voice, video and files; their bytes are files of their own.
    static let media = Migration(
        "media",
        """
        -- What the server has whole. sent_at is when it was last sent.
        CREATE TABLE media (
            digest BLOB PRIMARY KEY,
            size INTEGER NOT NULL,
            sent_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX media_age ON media(sent_at);

        -- Who may fetch it: those who sent it, which counts against their quota, and those who were sent it.
        CREATE TABLE media_readers (
            uin INTEGER NOT NULL,
            digest BLOB NOT NULL,
            is_sender INTEGER NOT NULL,
            PRIMARY KEY (uin, digest)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX media_readers_digest ON media_readers(digest);

        -- What accounts have begun to send.
        CREATE TABLE uploads (
            uin INTEGER NOT NULL,
            digest BLOB NOT NULL,
            size INTEGER NOT NULL,
            begun_at INTEGER NOT NULL,
            PRIMARY KEY (uin, digest)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX uploads_age ON uploads(begun_at);
        """)
}
