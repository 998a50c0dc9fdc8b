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
    /// What login answers say about other addresses, and whether that is all they say.
    let redirect: (section: Microchat_NetworkSection, refusesLogins: Bool)?
    let media: MediaShelf
    let loginGuard: LoginGuard
    let passwords = ProvenPasswords(capacity: 65_536)
    let strangers = FairQueue<ClientAddress, StrangerCall>(limit: 4096)
    /// How many calls of strangers have arrived.
    let strangersSoFar = Atomic(0)
    let logger: Logger
    /// Seconds since 1970.
    let now: @Sendable () -> Int64
    /// Who is who at the moment.
    let directory: Directory
    let pictureAddresses = PictureAddresses()
    /// The database's version for outsiders' changes that `directory` has; none is negative.
    private let outsideVersion = Atomic<Int64>(-1)

    init(
        database: DurableDatabase, media: MediaShelf, loginKey: RSAPrivateKey, loginGuard: LoginGuard,
        logger: Logger, redirect: (section: Microchat_NetworkSection, refusesLogins: Bool)? = nil,
        now: @escaping @Sendable () -> Int64
    ) async throws {
        self.database = database
        self.media = media
        self.loginKey = loginKey
        self.loginGuard = loginGuard
        self.logger = logger
        self.redirect = redirect
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
        let saved: [Int32: Mailboxes.Saved]
        do {
            (snapshot, saved) = try await database.read {
                (try DirectorySnapshot($0), try Mailboxes.load($0))
            }
        } catch {
            directory.abandonReload()
            throw error
        }
        // First the mailboxes: whoever is in the directory has one, so that no message passes by.
        let news = directory.endReload(reload, with: snapshot) { mailboxes.update(saved) }
        guard let news else { return }
        for link in sessions.end(allBut: directory.uins) { link.quit(.sessionGone) }
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
        for audience in Set(messages.map(\.audience)) {
            for link in sessions.links(of: audience.uin, besides: audience.excluded) {
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
