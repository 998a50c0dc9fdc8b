import DurableSQLite

extension Schema {
    /// What people do with each other beside sending text, and how they log in when a password is not all of it.
    static let social = Migration(
        "approval, tickets, rooms, named sends, logins by QR code and text message, pictures",
        """
        ALTER TABLE accounts ADD COLUMN mobile TEXT NOT NULL DEFAULT '';
        ALTER TABLE accounts ADD COLUMN needs_approval INTEGER NOT NULL DEFAULT 1;
        ALTER TABLE accounts ADD COLUMN login_check INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE accounts ADD COLUMN login_check_url TEXT NOT NULL DEFAULT '';
        ALTER TABLE accounts ADD COLUMN picture TEXT NOT NULL DEFAULT '';
        CREATE UNIQUE INDEX accounts_mobile ON accounts(mobile) WHERE mobile <> '' AND removed_at IS NULL;
        CREATE INDEX accounts_picture ON accounts(picture) WHERE picture <> '';

        ALTER TABLE contacts ADD COLUMN remark TEXT NOT NULL DEFAULT '';
        ALTER TABLE contacts ADD COLUMN source INTEGER NOT NULL DEFAULT 0;
        CREATE INDEX contacts_contact ON contacts(contact);

        -- Kind 1: the holder may ask the subject. Kind 2: the subject has asked, the holder may accept.
        CREATE TABLE tickets (
            ticket TEXT PRIMARY KEY,
            kind INTEGER NOT NULL,
            holder INTEGER NOT NULL,
            subject INTEGER NOT NULL,
            scene INTEGER NOT NULL,
            greeting TEXT NOT NULL,
            told_at INTEGER NOT NULL,
            created_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE UNIQUE INDEX tickets_pair ON tickets(holder, subject, kind);
        CREATE INDEX tickets_age ON tickets(created_at);

        CREATE TABLE rooms (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            wxid TEXT NOT NULL UNIQUE,
            topic TEXT NOT NULL,
            owner INTEGER NOT NULL,
            announcement TEXT NOT NULL DEFAULT '',
            version INTEGER NOT NULL DEFAULT 0,
            picture TEXT NOT NULL DEFAULT '',
            created_at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX rooms_picture ON rooms(picture) WHERE picture <> '';

        -- A member's position says when the room last changed for it, in the sequence of its contacts. Those who left
        -- stay as a trace. Place is the order of joining.
        CREATE TABLE room_members (
            room INTEGER NOT NULL,
            member INTEGER NOT NULL,
            position INTEGER NOT NULL,
            place INTEGER NOT NULL,
            display_name TEXT NOT NULL DEFAULT '',
            invited_by INTEGER NOT NULL,
            is_gone INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (room, member)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX room_members_position ON room_members(member, position);

        -- People nearby who say the same code get into the same room.
        CREATE TABLE gatherings (
            id INTEGER PRIMARY KEY,
            code TEXT NOT NULL,
            longitude REAL NOT NULL,
            latitude REAL NOT NULL,
            room INTEGER,
            touched_at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX gatherings_code ON gatherings(code, touched_at);
        CREATE TABLE gathered (
            gathering INTEGER NOT NULL,
            uin INTEGER NOT NULL,
            PRIMARY KEY (gathering, uin)
        ) STRICT, WITHOUT ROWID;

        -- As in sends, for the calls whose client ids are text.
        CREATE TABLE named_sends (
            id INTEGER PRIMARY KEY,
            sender INTEGER NOT NULL,
            call TEXT NOT NULL,
            recipient TEXT NOT NULL,
            create_time INTEGER NOT NULL,
            client_id TEXT NOT NULL,
            code INTEGER NOT NULL,
            message_id INTEGER NOT NULL,
            server_id INTEGER NOT NULL,
            sent_at INTEGER NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX named_sends_key ON named_sends(sender, client_id, recipient, create_time, call);
        CREATE TABLE recalls (server_id INTEGER PRIMARY KEY, recalled_at INTEGER NOT NULL) STRICT;

        CREATE TABLE qr_logins (
            uuid TEXT PRIMARY KEY,
            notify_key BLOB NOT NULL,
            status INTEGER NOT NULL,
            uin INTEGER,
            token TEXT UNIQUE,
            expires_at INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE text_checks (
            ticket TEXT PRIMARY KEY,
            uin INTEGER NOT NULL UNIQUE,
            mobile TEXT NOT NULL DEFAULT '',
            code TEXT NOT NULL DEFAULT '',
            tries INTEGER NOT NULL DEFAULT 0,
            expires_at INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE pictures (
            digest TEXT PRIMARY KEY,
            type TEXT NOT NULL,
            data BLOB NOT NULL,
            created_at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX pictures_age ON pictures(created_at);
        """)
}
