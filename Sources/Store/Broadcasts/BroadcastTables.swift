import DurableSQLite

extension Schema {
    static let broadcasts = Migration(
        "11 broadcasts",
        """
        -- One message to many. state is gathering, approval, sending, or how it ended; cursor is how far the gathering of
        -- its recipients has come. kind and text are what it says where that is no text of the plan. tried and erred
        -- count since it was last set going; arrival is how far ahead of its pace it is.
        CREATE TABLE broadcast (
            account TEXT NOT NULL,
            number INTEGER NOT NULL,
            rule TEXT NOT NULL,
            key TEXT NOT NULL,
            event INTEGER NOT NULL,
            audience TEXT NOT NULL,
            kind TEXT NOT NULL,
            text TEXT NOT NULL,
            plan TEXT NOT NULL,
            approver TEXT NOT NULL,
            most_failures REAL NOT NULL,
            expires INTEGER,
            report TEXT NOT NULL,
            state TEXT NOT NULL DEFAULT 'gathering',
            paused INTEGER NOT NULL DEFAULT 0,
            reason TEXT NOT NULL DEFAULT '',
            cursor TEXT NOT NULL DEFAULT '',
            began INTEGER NOT NULL,
            ended INTEGER,
            arrival INTEGER NOT NULL DEFAULT 0,
            total INTEGER NOT NULL DEFAULT 0,
            queued INTEGER NOT NULL DEFAULT 0,
            sent INTEGER NOT NULL DEFAULT 0,
            failed INTEGER NOT NULL DEFAULT 0,
            left_out INTEGER NOT NULL DEFAULT 0,
            tried INTEGER NOT NULL DEFAULT 0,
            erred INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (account, number)
        ) WITHOUT ROWID;
        CREATE UNIQUE INDEX broadcast_by_key ON broadcast (account, key);
        CREATE INDEX broadcast_open ON broadcast (account, number) WHERE ended IS NULL;

        -- Who gets it. state: 0 not yet, 1 in the outbox, 2 sent, 3 failed, 4 left out.
        CREATE TABLE recipient (
            account TEXT NOT NULL,
            broadcast INTEGER NOT NULL,
            id TEXT NOT NULL,
            state INTEGER NOT NULL DEFAULT 0,
            reason TEXT NOT NULL DEFAULT '',
            PRIMARY KEY (account, broadcast, id)
        ) WITHOUT ROWID;
        CREATE INDEX recipient_waiting ON recipient (account, broadcast, id) WHERE state = 0;

        -- The broadcast that it is part of; 0 for none.
        ALTER TABLE outbox ADD COLUMN broadcast INTEGER NOT NULL DEFAULT 0;
        CREATE INDEX outbox_by_broadcast ON outbox (account, broadcast) WHERE broadcast <> 0 AND settled IS NULL;
        """)
}
