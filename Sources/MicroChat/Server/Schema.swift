import DurableSQLite

/// What the server keeps, step by step. The list only grows at the end.
enum Schema {
    static let migrations = [
        Migration(
            "accounts, contacts, messages, sends",
            """
            CREATE TABLE accounts (
                uin INTEGER PRIMARY KEY AUTOINCREMENT,
                name TEXT NOT NULL,
                wxid TEXT NOT NULL UNIQUE,
                v1 TEXT NOT NULL UNIQUE,
                nick TEXT NOT NULL,
                salt BLOB NOT NULL,
                password BLOB NOT NULL,
                is_bot INTEGER NOT NULL,
                created_at INTEGER NOT NULL,
                removed_at INTEGER
            ) STRICT;
            CREATE UNIQUE INDEX accounts_name ON accounts(name) WHERE removed_at IS NULL;
            INSERT INTO sqlite_sequence(name, seq) VALUES ('accounts', 100000);

            -- How far each account's records go, per kind, and how far the account has its messages.
            CREATE TABLE positions (
                uin INTEGER PRIMARY KEY,
                contact INTEGER NOT NULL DEFAULT 0,
                message INTEGER NOT NULL DEFAULT 0,
                consumed INTEGER NOT NULL DEFAULT 0
            ) STRICT;

            -- The owner's view of a contact; position says when it last changed. Removed ones stay as a trace.
            CREATE TABLE contacts (
                owner INTEGER NOT NULL,
                contact INTEGER NOT NULL,
                position INTEGER NOT NULL,
                is_blocked INTEGER NOT NULL DEFAULT 0,
                is_removed INTEGER NOT NULL DEFAULT 0,
                PRIMARY KEY (owner, contact)
            ) STRICT, WITHOUT ROWID;
            CREATE UNIQUE INDEX contacts_position ON contacts(owner, position);

            -- A log: positions are drawn from one sequence for all accounts, so that what is written together lies
            -- together on disk. The index leads with a stretch of the log for the same reason; Page reads by it.
            CREATE TABLE messages (
                position INTEGER PRIMARY KEY,
                owner INTEGER NOT NULL,
                created_at INTEGER NOT NULL,
                payload BLOB NOT NULL
            ) STRICT;
            CREATE INDEX messages_owner ON messages(position >> 12, owner);

            -- The last position drawn, and what server ids begin with: another database draws other ids, so a client
            -- that knew an earlier one does not take new messages for old.
            CREATE TABLE sequence (position INTEGER NOT NULL, server_ids INTEGER NOT NULL) STRICT;
            INSERT INTO sequence VALUES (0, (abs(random()) % 4194303 + 1) << 40);

            -- What became of a send, so that a repetition gets the first result.
            CREATE TABLE sends (
                id INTEGER PRIMARY KEY,
                sender INTEGER NOT NULL,
                recipient TEXT NOT NULL,
                create_time INTEGER NOT NULL,
                client_id INTEGER NOT NULL,
                code INTEGER NOT NULL,
                message_id INTEGER NOT NULL,
                server_id INTEGER NOT NULL,
                sent_at INTEGER NOT NULL
            ) STRICT;
            CREATE UNIQUE INDEX sends_key ON sends(create_time, sender, client_id, recipient);
            """),
        Migration(
            "devices",
            """
            -- How far each device of an account has the messages. What is in positions is where a new device begins.
            CREATE TABLE devices (
                uin INTEGER NOT NULL,
                slot INTEGER NOT NULL,
                consumed INTEGER NOT NULL,
                seen_at INTEGER NOT NULL,
                PRIMARY KEY (uin, slot)
            ) STRICT, WITHOUT ROWID;

            -- The slot of the owner's own device that sent it, which does not get it back.
            ALTER TABLE messages ADD COLUMN sent_by INTEGER;
            """),
        social,
        media,
    ]
}
