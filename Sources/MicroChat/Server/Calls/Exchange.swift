import DurableSQLite
import Logging
import MicroChatWire
import NIOCore
import Synchronization

/// What every link of the server shares: the way from a request's packet to its answer's.
final class Exchange: Sendable {
    let database: DurableDatabase
    let loginKey: RSAPrivateKey
    let sessions = Sessions()
    let mailboxes = Mailboxes()
    let loginGuard: LoginGuard
    let logins = FairQueue<ClientAddress, WaitingLogin>(limit: 4096)
    let logger: Logger
    /// Seconds since 1970.
    let now: @Sendable () -> Int64
    private let current: Mutex<Current>
    private let reloads = Atomic(0)
    /// The database's version for outsiders' changes that `current` has; none is negative.
    private let outsideVersion = Atomic<Int64>(-1)

    private struct Current: Sendable {
        var directory: Directory
        /// The reload that it comes from.
        var reload = 0
    }

    init(
        database: DurableDatabase, loginKey: RSAPrivateKey, loginGuard: LoginGuard, logger: Logger,
        now: @escaping @Sendable () -> Int64
    ) async throws {
        self.database = database
        self.loginKey = loginKey
        self.loginGuard = loginGuard
        self.logger = logger
        self.now = now
        let (directory, mailboxes) = try await database.read { (try Directory($0), try Mailboxes.load($0)) }
        current = Mutex(Current(directory: directory))
        _ = self.mailboxes.update(mailboxes)
    }

    /// Who is who at the moment.
    var directory: Directory { current.withLock { $0.directory } }

    /// Takes over what another process, or an account command, has changed: tells those who have news and ends the
    /// sessions of accounts that are gone.
    func reload() async throws {
        // Reloads may overtake each other. One that began later has seen all that an earlier one was called for.
        let reload = reloads.add(1, ordering: .sequentiallyConsistent).newValue
        let (directory, mailboxes) = try await database.read { (try Directory($0), try Mailboxes.load($0)) }
        let news: [(uin: Int32, kinds: SyncKinds)]? = current.withLock { current in
            guard reload > current.reload else { return nil }
            // First the mailboxes: whoever is in the directory has one, so that no message passes by.
            let news = self.mailboxes.update(mailboxes)
            current = Current(directory: directory, reload: reload)
            return news
        }
        guard let news else { return }
        for link in sessions.end(allBut: directory.accounts.keys) { link.quit(.sessionGone) }
        for (uin, kinds) in news {
            for link in sessions.links(of: uin) { link.itemWaits(kinds) }
        }
    }

    /// Takes over what other processes have changed, if they have.
    ///
    /// - Returns: whether they have.
    @discardableResult
    func catchUp() async throws -> Bool {
        let latest = try await database.outsideVersion()
        guard outsideVersion.load(ordering: .sequentiallyConsistent) != latest else { return false }
        try await reload()
        // Only now: who finds nothing new must not meet what was before.
        outsideVersion.store(latest, ordering: .sequentiallyConsistent)
        return true
    }

    /// Messages are on disk: their owners' devices hear of them.
    func arrived(_ messages: [LogWriter.Appended]) {
        mailboxes.append(messages)
        for one in messages {
            for link in sessions.links(of: one.owner, besides: one.message.sentBy) {
                link.itemWaits(.messages)
            }
        }
    }

    /// A device says what it has stored (MicroChat wire protocol, section 12).
    func report(_ report: Report, from device: Device) {
        let left = mailboxes.consume(device, key: SyncPosition(report.key), now: now())
        if !left.isEmpty { sessions.link(of: device)?.itemWaits(left) }
    }
}
