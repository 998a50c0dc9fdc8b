import DurableSQLite
import GRDB

/// One call's transaction: the database, the log, and what the server has to be told once all of it is on disk.
struct Edit {
    let db: Database
    let directory: Directory
    /// False on a reader's snapshot: a look that finds something to write throws `WriterNeeded` there.
    let canWrite: Bool
    /// Seconds since 1970.
    let now: Int64
    var log: LogWriter
    /// The caller's device, if the account has others to see what it sends.
    var shownBy: DeviceSlot?
    private var contacts: [Int32: Int64] = [:]
    /// How many contacts have been written, counted for each owner.
    private(set) var contactChanges = 0
    private var changes: [Directory.Change] = []

    init(_ db: Database, directory: Directory, now: Int64, canWrite: Bool = true) {
        self.db = db
        self.canWrite = canWrite
        self.directory = directory
        self.now = now
        log = LogWriter(now: now, db)
    }

    /// What has been changed.
    var result: Changes {
        Changes(position: log.end, delivered: log.appended, contacts: contacts, directory: changes)
    }

    /// Notes a row's new state.
    mutating func note(_ change: Directory.Change) throws {
        // It has a position in the order of everything, though there may be no message.
        if log.end == 0 { try log.reserve(1) }
        changes.append(change)
    }

    /// Notes an account's new state.
    mutating func noteAccount(_ uin: Int32) throws {
        let rows = try db.rows("\(Directory.Account.selection) WHERE uin = ? AND removed_at IS NULL", uin)
        if let account = try rows.next().map(Directory.Account.init) { try note(.account(account)) }
    }

    /// Draws the position of a change to somebody's contacts; nil if the account was removed a moment ago.
    mutating func drawContactPosition(of owner: Int32) throws -> Int64? {
        guard let position = try Friendship.drawPosition(of: Int64(owner), db) else { return nil }
        contacts[owner] = position
        contactChanges += 1
        return position
    }

    /// Writes somebody's view of another.
    mutating func put(_ entry: Friendship.Entry, of contact: Int32, inListOf owner: Int32) throws {
        guard let position = try drawContactPosition(of: owner) else { return }
        try Friendship.write(entry, of: Int64(contact), owner: Int64(owner), position: position, db)
        try note(
            .standing(
                .init(isRemoved: entry.isRemoved, isBlocked: entry.isBlocked), of: contact, inListOf: owner))
    }

    /// Somebody's view of another; nil if there never was one.
    func entry(of contact: Int32, inListOf owner: Int32) throws -> Friendship.Entry? {
        try Friendship.entry(of: Int64(contact), owner: Int64(owner), db)
    }
}

/// What was to be a look has something to write after all.
struct WriterNeeded: Error {}
