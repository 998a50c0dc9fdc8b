import DurableSQLite
import GRDB
import MicroChatWire
import Synchronization

/// The mailbox of every account, in memory.
///
/// What is consumed reaches the disk a little later, many accounts at once. A crash in between costs nothing but that
/// a client may be offered what it already has, which clients recognise.
final class Mailboxes: Sendable {
    /// What the database knows of one mailbox.
    struct Saved: Sendable {
        let contact: Int64
        let message: Int64
        let consumed: Int64
    }

    private struct State {
        var mailboxes: [Int32: Mailbox] = [:]
        var unsaved: Set<Int32> = []
    }

    private let state = Mutex(State())

    /// Takes over what the database says; returns the accounts for which there is something new.
    func update(_ saved: [Int32: Saved]) -> [Int32] {
        state.withLock { state in
            state.mailboxes = state.mailboxes.filter { saved[$0.key] != nil }
            state.unsaved.formIntersection(saved.keys)
            return saved.compactMap { uin, saved in
                let isNews = state.mailboxes[uin, default: Mailbox()].update(
                    contact: saved.contact, message: saved.message, consumed: saved.consumed)
                return isNews ? uin : nil
            }
        }
    }

    /// Messages have been committed, in this order.
    func append(_ delivered: [LogWriter.Appended]) {
        state.withLock { state in
            for message in delivered {
                state.mailboxes[message.owner]?.append(message.payload, at: message.position)
            }
        }
    }

    /// Contacts have changed; the newest position of each account that is concerned.
    func advance(contacts: [Int32: Int64]) {
        guard !contacts.isEmpty else { return }
        state.withLock { state in
            for (uin, position) in contacts {
                _ = state.mailboxes[uin]?.update(contact: position, message: 0, consumed: 0)
            }
        }
    }

    /// A client presents a key: what it covers is consumed.
    ///
    /// - Returns: whether anything is left that the key does not cover.
    func consume(_ uin: Int32, key: SyncPosition) -> Bool {
        state.withLock { state in
            if state.mailboxes[uin]?.consume(key) == true { state.unsaved.insert(uin) }
            return state.mailboxes[uin]?.holdsMore(than: key) ?? false
        }
    }

    /// The page that a key asks for; nil if it takes the database to tell.
    func page(_ uin: Int32, from key: SyncPosition) -> Page? {
        state.withLock { $0.mailboxes[uin]?.page(from: key) }
    }

    /// The newest message that the account is known to have stored.
    func consumed(_ uin: Int32) -> Int64 { state.withLock { $0.mailboxes[uin]?.consumed ?? 0 } }

    /// Writes what has been consumed since the last time.
    func save(to database: DurableDatabase) async throws {
        let unsaved = state.withLock { state in
            defer { state.unsaved = [] }
            return state.unsaved.map { ($0, state.mailboxes[$0]?.consumed ?? 0) }
        }
        guard !unsaved.isEmpty else { return }
        do {
            try await database.write { db in
                for (uin, consumed) in unsaved {
                    try db.run(
                        "UPDATE positions SET consumed = max(consumed, ?) WHERE uin = ?", consumed, uin)
                }
            }
        } catch {
            state.withLock { $0.unsaved.formUnion(unsaved.map(\.0)) }
            throw error
        }
    }

    static func load(_ db: Database) throws -> [Int32: Saved] {
        var mailboxes: [Int32: Saved] = [:]
        let rows = try db.rows("SELECT uin, contact, message, consumed FROM positions")
        while let row = try rows.next() {
            mailboxes[row[0]] = Saved(contact: row[1], message: row[2], consumed: row[3])
        }
        return mailboxes
    }
}
