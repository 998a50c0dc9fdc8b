package import BotKit
import DurableSQLite
import GRDB

extension StoredState {
    /// Runs of a rule under a key that have not ended, those that have begun first, then those that wait for their turn.
    package func waitingRuns(of rule: String, key: String, limit: Int) throws -> [WaitingRun] {
        try WaitingRun.all(.byKey, account.rawValue, rule, key, limit, in: db)
    }

    /// The run that waits for a message of this person in this chat; the one that asked last.
    package func question(in chat: ChatID, of person: PersonID) throws -> WaitingRun? {
        try WaitingRun.all(.asked, account.rawValue, chat.rawValue, person.rawValue, in: db).first
    }

    /// A run that has not ended; nil if it has.
    package func waitingRun(_ id: String) throws -> WaitingRun? {
        if let firstCall, firstCall.run.id == id { return firstCall.run }
        return try WaitingRun.all(.byID, account.rawValue, id, in: db).first
    }

    /// The event that started a run.
    package func trigger(of run: WaitingRun) throws -> PendingEvent? {
        if let firstCall, firstCall.run.id == run.id { return firstCall.trigger }
        return try db.all(Self.eventByNumber, account.rawValue, run.event, read: PendingEvent.init).first
    }

    private static let eventByNumber = PendingEvent.select + "WHERE e.account = ? AND e.number = ?"
}

extension WaitingRun {
    /// Ways of looking for runs. Each is put together once: every message looks whether it is an answer.
    fileprivate struct Query {
        let sql: String

        private init(_ condition: String, _ index: String = "") {
            sql = """
                SELECT id, rule, key, event, began, turn, waits, due, asked, asked_of, hash, state
                FROM waiting_run \(index) WHERE account = ? AND \(condition)
                """
        }

        static let byID = Query("id = ?")
        static let byKey = Query(
            "rule = ? AND key = ? ORDER BY waits = 'turn', event LIMIT ?",
            "INDEXED BY waiting_run_by_key")
        static let asked = Query(
            "asked <> '' AND asked = ? AND (asked_of = '' OR asked_of = ?) ORDER BY event DESC LIMIT 1",
            "INDEXED BY waiting_run_asked")
        static let awaiting = Query(
            "awaited <> 0 AND awaited = ?",
            "INDEXED BY waiting_run_awaited")
        static let oldest = Query("TRUE ORDER BY began LIMIT ?")
    }

    fileprivate static func all(
        _ query: Query, _ arguments: (any Bindable)?..., in db: Database
    ) throws -> [WaitingRun] {
        try db.all(
            query.sql, arguments: arguments
        ) { row in
            let due = row.isNull(7) ? nil : Timestamp(microseconds: row.integer(7))
            let wait: Wait =
                switch row.text(6) {
                case "time": .time(due ?? Timestamp(microseconds: 0))
                case "answer":
                    .answer(
                        in: ChatID(row.text(8)), of: row.text(9).isEmpty ? nil : PersonID(row.text(9)),
                        until: due ?? Timestamp(microseconds: 0))
                case "action": .action(0, until: due)
                case "call": .call(until: due)
                default: .turn
                }
            return WaitingRun(
                id: row.text(0), rule: row.text(1), key: row.text(2), event: row.integer(3),
                began: Timestamp(microseconds: row.integer(4)), turn: Int(row.integer(5)), wait: wait,
                hash: row.text(10), state: WrittenRunState(row.text(11)))
        }
    }

    private var timer: String { "run:\(id)" }

    /// Writes it, and the timer that ends its wait.
    ///
    /// - Parameters:
    ///   - trigger: an event in its chat.
    ///   - number: the place in the journal of the event that started it.
    ///   - awaited: the outbox row that it waits for; 0 for none.
    func save(for account: AccountID, trigger: Event, number: Int64, awaited: Int64, in db: Database) throws {
        var (waits, asked, askedOf) = ("turn", "", "")
        switch wait {
        case .turn: break
        case .time: waits = "time"
        case .action: waits = "action"
        case .call: waits = "call"
        case .answer(let chat, let person, _):
            (waits, asked, askedOf) = ("answer", chat.rawValue, person?.rawValue ?? "")
        }
        try db.run(
            """
            INSERT INTO waiting_run
                (account, id, rule, key, event, began, turn, waits, due, asked, asked_of, awaited, hash, state)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (account, id) DO UPDATE SET turn = excluded.turn, waits = excluded.waits, due = excluded.due,
                asked = excluded.asked, asked_of = excluded.asked_of, awaited = excluded.awaited,
                state = excluded.state
            """,
            account.rawValue, id, rule, key, number, began.microseconds, turn, waits, wait.due?.microseconds,
            asked, askedOf, awaited, hash, state.text)
        guard let due = wait.due else {
            // Before its first wait it had no timer.
            if turn > 1 { try StoredTimer.remove(timer, from: account, in: db) }
            return
        }
        try StoredTimer(
            id: timer, due: due, chat: trigger.chat, chatKind: trigger.chatKind,
            body: .wake(RunWake(run: id, turn: turn, outcome: .time))
        ).save(for: account, in: db)
    }

    /// Takes a run away that is over, and wakes the one that waits for its turn.
    static func end(
        _ id: String, of account: AccountID, now: Timestamp, journal: inout JournalEnd, in db: Database
    )
        throws
    {
        guard let run = try all(.byID, account.rawValue, id, in: db).first else { return }
        try db.run("DELETE FROM waiting_run WHERE account = ? AND id = ?", account.rawValue, id)
        if run.wait.due != nil { try StoredTimer.remove(run.timer, from: account, in: db) }
        // Nobody runs if the first is one that waits for its turn: whoever was woken for it may have ended at once.
        let others = try all(.byKey, account.rawValue, run.rule, run.key, 1, in: db)
        guard let next = others.first, next.wait == .turn else { return }
        try next.wake(.turn, of: account, now: now, journal: &journal, in: db)
    }

    /// Puts into the journal that what it has waited for is there, unless that is there already.
    func wake(
        _ outcome: RunWake.Outcome, of account: AccountID, now: Timestamp, journal: inout JournalEnd,
        in db: Database
    ) throws {
        guard let event = try waking(outcome, of: account, now: now, in: db) else { return }
        try journal.append(event, now: now)
    }

    /// The event that what it has waited for is there; nil if nobody knows what started it.
    func waking(
        _ outcome: RunWake.Outcome, of account: AccountID, now: Timestamp, in db: Database
    ) throws -> Event? {
        let place: [(String, String)] = try db.all(
            "SELECT chat, chat_kind FROM event WHERE account = ? AND number = ?", account.rawValue, event
        ) { ($0.text(0), $0.text(1)) }
        guard let (chat, kind) = place.first else { return nil }
        return waking(outcome, in: ChatID(chat), ChatKind(rawValue: kind) ?? .private, now: now)
    }

    /// The event that what it has waited for is there.
    func waking(_ outcome: RunWake.Outcome, in chat: ChatID, _ kind: ChatKind, now: Timestamp) -> Event {
        let wake = RunWake(run: id, turn: turn, outcome: outcome)
        return Event(id: wake.eventID, chat: chat, chatKind: kind, time: now, body: .wake(wake))
    }

    /// Whether any run waits for the end of a row of the outbox.
    static func anyAwaitsRows(of account: AccountID, in db: Database) throws -> Bool {
        let found: Int64? = try db.value(
            """
            SELECT 1 FROM waiting_run INDEXED BY waiting_run_awaited WHERE account = ? AND awaited <> 0 LIMIT 1
            """, account.rawValue)
        return found != nil
    }

    /// Wakes the run, if there is one, that waits for the end of a row of the outbox.
    ///
    /// - Returns: whether there is one.
    static func wake(
        awaiting number: Int64, _ outcome: RunWake.Outcome, of account: AccountID, now: Timestamp,
        in db: Database
    ) throws -> Bool {
        let found = try all(.awaiting, account.rawValue, number, in: db)
        guard let run = found.first else { return false }
        var journal = try JournalEnd(of: account, in: db)
        try run.wake(outcome, of: account, now: now, journal: &journal, in: db)
        try journal.save()
        return true
    }
}

extension RunWake {
    /// A run is woken for a turn in one way once.
    var eventID: EventID { EventID("wake:\(run):\(turn):\(outcome.name)") }
}

extension RunWake.Outcome {
    fileprivate var name: String {
        switch self {
        case .time: "time"
        case .turn: "turn"
        case .done: "done"
        case .failed: "failed"
        case .cancelled: "cancelled"
        }
    }
}

/// A run that waits, for people.
package struct RunOverview: Hashable, Sendable {
    package var account: AccountID
    package var run: WaitingRun
    package var chat: ChatID
    /// The name of the chat; empty if it is not known.
    package var chatName: String
}

extension Store {
    /// The hashes of the rules that runs go by which have not ended.
    package func hashesOfWaitingRuns(of account: AccountID) async throws -> Set<String> {
        try await database.read { db in
            Set(
                try db.all("SELECT DISTINCT hash FROM waiting_run WHERE account = ?", account.rawValue) {
                    $0.text(0)
                })
        }
    }

    /// Runs that have not ended, of all accounts, oldest first.
    package func waitingRuns(limit: Int) async throws -> [RunOverview] {
        try await database.read { db in
            let accounts = try db.all("SELECT account FROM account ORDER BY account") {
                AccountID($0.text(0))
            }
            return try accounts.flatMap { account in
                try WaitingRun.all(.oldest, account.rawValue, limit, in: db).map {
                    run in
                    let place: [(String, String)] = try db.all(
                        """
                        SELECT e.chat, coalesce(nullif(c.remark, ''), c.name, '') FROM event e
                        LEFT JOIN contact c ON c.account = e.account AND c.id = e.chat
                        WHERE e.account = ? AND e.number = ?
                        """, account.rawValue, run.event
                    ) { ($0.text(0), $0.text(1)) }
                    return RunOverview(
                        account: account, run: run, chat: ChatID(place.first?.0 ?? ""),
                        chatName: place.first?.1 ?? "")
                }
            }
        }
    }

    /// Ends a run that waits: the bot, which may be running, ends it as its next decision.
    ///
    /// - Returns: whether there was such a run.
    package func cancelRun(_ id: String, of account: AccountID, now: Timestamp) async throws -> Bool {
        try await database.write { db in
            guard let run = try WaitingRun.all(.byID, account.rawValue, id, in: db).first else {
                return false
            }
            var journal = try JournalEnd(of: account, in: db)
            try run.wake(.cancelled, of: account, now: now, journal: &journal, in: db)
            try journal.save()
            return true
        }
    }
}
