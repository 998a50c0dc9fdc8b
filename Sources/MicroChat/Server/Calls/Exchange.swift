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
    let loginsWaiting = Atomic(0)
    let logger: Logger
    /// Seconds since 1970.
    let now: @Sendable () -> Int64
    /// Who is who at the moment.
    let directory: Directory
    let pictureAddresses = PictureAddresses()
    /// The database's version for outsiders' changes that `directory` has; none is negative.
    private let outsideVersion = Atomic<Int64>(-1)

    init(
        database: DurableDatabase, loginKey: RSAPrivateKey, logger: Logger,
        now: @escaping @Sendable () -> Int64
    ) async throws {
        self.database = database
        self.loginKey = loginKey
        self.logger = logger
        self.now = now
        let (snapshot, mailboxes) = try await database.read {
            (try DirectorySnapshot($0), try Mailboxes.load($0))
        }
        directory = Directory(snapshot)
        _ = self.mailboxes.update(mailboxes)
    }

    /// Takes over what another process, or an account command, has changed: tells those who have news and ends the
    /// sessions of accounts that are gone.
    func reload() async throws {
        let reload = directory.beginReload()
        let snapshot: DirectorySnapshot
        let mailboxes: [Int32: Mailboxes.Saved]
        do {
            (snapshot, mailboxes) = try await database.read {
                (try DirectorySnapshot($0), try Mailboxes.load($0))
            }
        } catch {
            directory.endReload(reload, with: nil)
            throw error
        }
        guard directory.endReload(reload, with: snapshot) else { return }
        for link in sessions.end(allBut: directory.uins) { link.quit(.sessionGone) }
        for uin in self.mailboxes.update(mailboxes) { sessions.link(of: uin)?.itemWaits() }
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

    /// A client says what it has stored (MicroChat wire protocol, section 12).
    func report(_ report: Report, from uin: Int32) {
        if mailboxes.consume(uin, key: SyncPosition(report.key)) { sessions.link(of: uin)?.itemWaits() }
    }
}
