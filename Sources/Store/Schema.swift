import DurableSQLite

/// The tables, as a list of steps that only grows. Every table has the account as its first key column, so that an
/// account is the unit that can move to another database.
enum Schema {
    static let migrations = [
        Migration(
            "1 journal, outbox, limits",
            """
            -- One of the bot's own accounts, and how much of its network's history is stored.
            CREATE TABLE account (
                account TEXT PRIMARY KEY NOT NULL,
                sync_key BLOB,
                next_event INTEGER NOT NULL DEFAULT 1,
                next_outgoing INTEGER NOT NULL DEFAULT 1,
                person TEXT NOT NULL DEFAULT '',
                name TEXT NOT NULL DEFAULT '',
                link TEXT NOT NULL DEFAULT 'offline',
                link_reason TEXT NOT NULL DEFAULT '',
                link_since INTEGER NOT NULL DEFAULT 0
            ) WITHOUT ROWID;

            CREATE TABLE contact (
                account TEXT NOT NULL,
                id TEXT NOT NULL,
                kind TEXT NOT NULL,
                name TEXT NOT NULL,
                remark TEXT NOT NULL,
                friend INTEGER NOT NULL,
                PRIMARY KEY (account, id)
            ) WITHOUT ROWID;

            -- The journal: what arrived, in the order it arrived. decided is null until a decision is committed.
            CREATE TABLE event (
                account TEXT NOT NULL,
                number INTEGER NOT NULL,
                id TEXT NOT NULL,
                chat TEXT NOT NULL,
                chat_kind TEXT NOT NULL,
                time INTEGER NOT NULL,
                sender TEXT NOT NULL,
                own INTEGER NOT NULL,
                kind TEXT NOT NULL,
                text TEXT NOT NULL,
                received INTEGER NOT NULL,
                decided INTEGER,
                trace TEXT,
                PRIMARY KEY (account, number)
            ) WITHOUT ROWID;
            CREATE UNIQUE INDEX event_by_id ON event (account, id);
            CREATE INDEX event_undecided ON event (account, number) WHERE decided IS NULL;

            -- Which of a list of texts a chat got last.
            CREATE TABLE pick (
                account TEXT NOT NULL,
                chat TEXT NOT NULL,
                name TEXT NOT NULL,
                picked INTEGER NOT NULL,
                PRIMARY KEY (account, chat, name)
            ) WITHOUT ROWID;

            -- What leaves. A row is waiting, leased or unknown until it is settled: sent, failed, expired or cancelled.
            CREATE TABLE outbox (
                account TEXT NOT NULL,
                number INTEGER NOT NULL,
                chat TEXT NOT NULL,
                chat_kind TEXT NOT NULL,
                event INTEGER NOT NULL,
                rule TEXT NOT NULL,
                kind TEXT NOT NULL,
                text TEXT NOT NULL,
                client_seconds INTEGER NOT NULL,
                client_number INTEGER NOT NULL,
                state TEXT NOT NULL,
                attempts INTEGER NOT NULL DEFAULT 0,
                due INTEGER NOT NULL,
                expires INTEGER NOT NULL,
                first_attempt INTEGER,
                settled INTEGER,
                reason TEXT NOT NULL DEFAULT '',
                server_id TEXT NOT NULL DEFAULT '',
                PRIMARY KEY (account, number)
            ) WITHOUT ROWID;
            CREATE INDEX outbox_open ON outbox (account, chat, number) WHERE settled IS NULL;

            -- A chat that has something to leave, and when its oldest row may. due is null while that row is leased.
            CREATE TABLE lane (
                account TEXT NOT NULL,
                chat TEXT NOT NULL,
                due INTEGER,
                PRIMARY KEY (account, chat)
            ) WITHOUT ROWID;
            CREATE INDEX lane_due ON lane (account, due) WHERE due IS NOT NULL;

            -- How far ahead of its rate a limited key is (GCRA's theoretical arrival time).
            CREATE TABLE limiter (
                account TEXT NOT NULL,
                key TEXT NOT NULL,
                arrival INTEGER NOT NULL,
                PRIMARY KEY (account, key)
            ) WITHOUT ROWID;
            """),
        Migration(
            "2 more than text",
            """
            ALTER TABLE event ADD COLUMN mentions TEXT NOT NULL DEFAULT '';
            ALTER TABLE outbox ADD COLUMN mentions TEXT NOT NULL DEFAULT '';
            ALTER TABLE outbox ADD COLUMN answer TEXT NOT NULL DEFAULT '';
            ALTER TABLE contact ADD COLUMN alias TEXT NOT NULL DEFAULT '';
            ALTER TABLE contact ADD COLUMN blocked INTEGER NOT NULL DEFAULT 0;

            CREATE TABLE room_member (
                account TEXT NOT NULL,
                room TEXT NOT NULL,
                person TEXT NOT NULL,
                name TEXT NOT NULL,
                PRIMARY KEY (account, room, person)
            ) WITHOUT ROWID;

            -- What the owner calls people and rooms; no network hears of it.
            CREATE TABLE tag (
                account TEXT NOT NULL,
                id TEXT NOT NULL,
                tag TEXT NOT NULL,
                PRIMARY KEY (account, id, tag)
            ) WITHOUT ROWID;
            CREATE INDEX tag_by_name ON tag (account, tag);
            """),
        Migration(
            "3 memory",
            """
            -- What gateways remember across restarts. Sealed by whoever saves secrets here.
            CREATE TABLE memory (
                account TEXT NOT NULL,
                key TEXT NOT NULL,
                value BLOB NOT NULL,
                PRIMARY KEY (account, key)
            ) WITHOUT ROWID;
            """),
        Migration(
            "4 account events",
            """
            -- What happened to an account itself: online, offline, paused and so on. The newest thousand are kept.
            CREATE TABLE account_event (
                account TEXT NOT NULL,
                number INTEGER NOT NULL,
                time INTEGER NOT NULL,
                kind TEXT NOT NULL,
                text TEXT NOT NULL,
                PRIMARY KEY (account, number)
            ) WITHOUT ROWID;
            """),
        Migration(
            "5 media",
            """
            CREATE INDEX event_media ON event (account, number) WHERE kind IN ('image', 'voice', 'video', 'file');
            """),
        Migration(
            "6 rules that remember",
            """
            -- When which rule started, for rules that ask: cool-downs, limits and counts.
            CREATE TABLE run (
                account TEXT NOT NULL,
                rule TEXT NOT NULL,
                event INTEGER NOT NULL,
                time INTEGER NOT NULL,
                chat TEXT NOT NULL,
                sender TEXT NOT NULL,
                PRIMARY KEY (account, rule, event)
            ) WITHOUT ROWID;
            CREATE INDEX run_by_rule ON run (account, rule, time);
            CREATE INDEX run_by_chat ON run (account, rule, chat, time);
            CREATE INDEX run_by_sender ON run (account, rule, sender, time);

            -- What rules keep, as JSON. owner is chat:ID, sender:ID or bot.
            CREATE TABLE variable (
                account TEXT NOT NULL,
                owner TEXT NOT NULL,
                name TEXT NOT NULL,
                value TEXT NOT NULL,
                expires INTEGER,
                PRIMARY KEY (account, owner, name)
            ) WITHOUT ROWID;

            CREATE INDEX event_by_chat ON event (account, chat, received);
            CREATE INDEX contact_by_name ON contact (account, name);
            CREATE INDEX contact_by_remark ON contact (account, remark) WHERE remark <> '';

            -- A name under which something leaves once only; empty for none.
            ALTER TABLE outbox ADD COLUMN key TEXT NOT NULL DEFAULT '';
            CREATE INDEX outbox_by_event ON outbox (account, event) WHERE event <> 0;
            CREATE UNIQUE INDEX outbox_by_key ON outbox (account, key) WHERE key <> '';
            CREATE INDEX outbox_sent ON outbox (account, chat, number) WHERE state = 'sent' AND server_id <> '';
            """),
        Migration(
            "7 rules that wait",
            """
            -- Which way it leaves: 'network', or 'webhook' for calls of other people's.
            ALTER TABLE outbox ADD COLUMN way TEXT NOT NULL DEFAULT 'network';
            ALTER TABLE lane ADD COLUMN way TEXT NOT NULL DEFAULT 'network';
            DROP INDEX lane_due;
            CREATE INDEX lane_due ON lane (account, way, due) WHERE due IS NOT NULL;

            CREATE INDEX contact_by_alias ON contact (account, alias) WHERE alias <> '';

            -- Events that happen at a time that is known already. One that is due goes into the journal.
            CREATE TABLE timer (
                account TEXT NOT NULL,
                id TEXT NOT NULL,
                due INTEGER NOT NULL,
                chat TEXT NOT NULL,
                chat_kind TEXT NOT NULL,
                kind TEXT NOT NULL,
                text TEXT NOT NULL,
                PRIMARY KEY (account, id)
            ) WITHOUT ROWID;
            CREATE INDEX timer_due ON timer (account, due);

            -- Runs of rules that have not ended: what each waits for, and where it goes on. key is what the rule's mode
            -- goes by; asked is the chat in which the run waits for an answer, awaited the outbox row whose end it waits
            -- for.
            CREATE TABLE waiting_run (
                account TEXT NOT NULL,
                id TEXT NOT NULL,
                rule TEXT NOT NULL,
                key TEXT NOT NULL,
                event INTEGER NOT NULL,
                began INTEGER NOT NULL,
                turn INTEGER NOT NULL,
                waits TEXT NOT NULL,
                due INTEGER,
                asked TEXT NOT NULL DEFAULT '',
                asked_of TEXT NOT NULL DEFAULT '',
                awaited INTEGER NOT NULL DEFAULT 0,
                hash TEXT NOT NULL,
                state TEXT NOT NULL,
                PRIMARY KEY (account, id)
            ) WITHOUT ROWID;
            -- What the rules files said, while runs may go by them that began then. until is null for what is in force.
            CREATE TABLE rules_text (
                account TEXT NOT NULL,
                hash TEXT NOT NULL,
                files TEXT NOT NULL,
                since INTEGER NOT NULL,
                until INTEGER,
                PRIMARY KEY (account, hash)
            ) WITHOUT ROWID;
            CREATE INDEX waiting_run_by_key ON waiting_run (account, rule, key, event);
            CREATE INDEX waiting_run_asked ON waiting_run (account, asked, asked_of, event) WHERE asked <> '';
            CREATE INDEX waiting_run_awaited ON waiting_run (account, awaited) WHERE awaited <> 0;
            """),
        Migration(
            "8 limits by kind, priorities",
            """
            -- When the account was first seen here: a new one begins slowly.
            ALTER TABLE account ADD COLUMN first_day INTEGER NOT NULL DEFAULT 0;

            -- 0 high, 1 normal, 2 low. A planned row stands beside its chat's lane until it is due.
            ALTER TABLE outbox ADD COLUMN priority INTEGER NOT NULL DEFAULT 1;
            ALTER TABLE outbox ADD COLUMN planned INTEGER NOT NULL DEFAULT 0;
            DROP INDEX outbox_open;
            CREATE INDEX outbox_open ON outbox (account, chat, way, number) WHERE settled IS NULL AND planned = 0;
            CREATE INDEX outbox_planned ON outbox (account, due) WHERE planned = 1 AND settled IS NULL;

            -- A chat has a lane for each way that something of it leaves. kind is what the oldest row counts as, rank how
            -- urgent the lane is; high and normal are the newest rows of that priority: while they are there, what is
            -- before them is as urgent.
            ALTER TABLE lane RENAME TO old_lane;
            DROP INDEX lane_due;
            CREATE TABLE lane (
                account TEXT NOT NULL,
                chat TEXT NOT NULL,
                way TEXT NOT NULL,
                due INTEGER,
                kind TEXT NOT NULL,
                rank INTEGER NOT NULL,
                high INTEGER NOT NULL,
                normal INTEGER NOT NULL,
                PRIMARY KEY (account, chat, way)
            ) WITHOUT ROWID;
            CREATE INDEX lane_due ON lane (account, kind, rank, due) WHERE due IS NOT NULL;
            INSERT INTO lane
                SELECT account, chat, way, due, iif(way = 'webhook', 'webhooks', 'messages'), 1, 0, 0 FROM old_lane;
            DROP TABLE old_lane;

            -- How far one kind of action has come: its rate over all chats, its day, its pauses.
            CREATE TABLE pace (
                account TEXT NOT NULL,
                kind TEXT NOT NULL,
                arrival INTEGER NOT NULL,
                day TEXT NOT NULL,
                used INTEGER NOT NULL,
                paused_until INTEGER NOT NULL,
                speed INTEGER NOT NULL,
                slowed_at INTEGER NOT NULL,
                strikes INTEGER NOT NULL,
                trips INTEGER NOT NULL,
                -- For who looks without knowing the limits: the day's budget, 0 for none; the day's end; when the speed is
                -- whole again, 0 if it is.
                budget INTEGER NOT NULL DEFAULT 0,
                day_end INTEGER NOT NULL DEFAULT 0,
                whole_at INTEGER NOT NULL DEFAULT 0,
                PRIMARY KEY (account, kind)
            ) WITHOUT ROWID;
            INSERT INTO pace (account, kind, arrival, day, used, paused_until, speed, slowed_at, strikes, trips)
                SELECT account, 'messages', arrival, '', 0, 0, 1000000, 0, 0, 0 FROM limiter WHERE key = 'account';
            DELETE FROM limiter WHERE key = 'account';
            UPDATE limiter SET key = 'messages:' || key;

            -- Whether a row that failed may have been delivered all the same.
            ALTER TABLE outbox ADD COLUMN doubtful INTEGER NOT NULL DEFAULT 0;

            -- Attempts that did not end well, and what came after them: the newest 20 of a row.
            CREATE TABLE attempt (
                account TEXT NOT NULL,
                number INTEGER NOT NULL,
                attempt INTEGER NOT NULL,
                time INTEGER NOT NULL,
                outcome TEXT NOT NULL,
                reason TEXT NOT NULL,
                PRIMARY KEY (account, number, attempt)
            ) WITHOUT ROWID;

            -- What became of actions, by kind and hour (hours since 1970), for 90 days.
            CREATE TABLE tally (
                account TEXT NOT NULL,
                hour INTEGER NOT NULL,
                kind TEXT NOT NULL,
                sent INTEGER NOT NULL,
                refused INTEGER NOT NULL,
                slowed INTEGER NOT NULL,
                failed INTEGER NOT NULL,
                PRIMARY KEY (account, hour, kind)
            ) WITHOUT ROWID;

            -- How far old rows have been cleared away.
            ALTER TABLE account ADD COLUMN trimmed_event INTEGER NOT NULL DEFAULT 0;
            """),
        Migration(
            "9 quiet hours",
            """
            -- From when to when it must not leave, the next time that this is so; quiet_drops: then it never does.
            ALTER TABLE outbox ADD COLUMN quiet_from INTEGER NOT NULL DEFAULT 0;
            ALTER TABLE outbox ADD COLUMN quiet_to INTEGER NOT NULL DEFAULT 0;
            ALTER TABLE outbox ADD COLUMN quiet_drops INTEGER NOT NULL DEFAULT 0;
            """),
        Migration(
            "10 handlers, rings of traces",
            """
            -- Runs that are still explained step by step, up to which event that has been looked at.
            CREATE TABLE explained_run (
                account TEXT NOT NULL,
                rule TEXT NOT NULL,
                event INTEGER NOT NULL,
                PRIMARY KEY (account, rule, event)
            ) WITHOUT ROWID;
            ALTER TABLE account ADD COLUMN ringed_event INTEGER NOT NULL DEFAULT 0;

            CREATE INDEX waiting_run_calls ON waiting_run (account, event) WHERE waits = 'call';
            -- Events that handlers died of again and again.
            CREATE TABLE quarantine (
                account TEXT NOT NULL,
                event TEXT NOT NULL,
                handler TEXT NOT NULL,
                time INTEGER NOT NULL,
                rule TEXT NOT NULL,
                reason TEXT NOT NULL,
                PRIMARY KEY (account, event, handler)
            ) WITHOUT ROWID;
            """),
        broadcasts,
    ]
}
