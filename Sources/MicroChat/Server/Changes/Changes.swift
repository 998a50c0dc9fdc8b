/// What a transaction has changed, for the server's memory once it is on disk.
struct Changes: Sendable {
    /// How far the log had gone.
    var position: Int64 = 0
    /// Messages, in the order of their positions.
    var delivered: [LogWriter.Appended] = []
    /// Whose contacts have changed, and the newest position of each.
    var contacts: [Int32: Int64] = [:]
    var directory: [Directory.Change] = []
}

extension Exchange {
    /// Takes over what is on disk now, and tells those who have something to fetch. Called in the order of commits.
    func publish(_ changes: Changes) {
        directory.apply(changes.directory, at: changes.position)
        mailboxes.advance(contacts: changes.contacts)
        arrived(changes.delivered)
        for uin in changes.contacts.keys {
            for link in sessions.links(of: uin) { link.itemWaits(.contacts) }
        }
    }
}
