import DurableSQLite
import GRDB
import MicroChatWire
import Synchronization

/// The mailbox of every account, in memory.
///
/// What is consumed, and which devices there are, reaches the disk a little later, many accounts at once. A crash in
/// between costs nothing but that a device may be offered what it already has, which clients recognise: sessions are
/// gone too, and a device that nobody wrote down begins again where the account was then.
final class Mailboxes: Sendable {
    /// What the database knows of one mailbox.
    struct Saved: Sendable {
        let contact: Int64
        let message: Int64
        let consumed: Int64
        var readers: [DeviceSlot: Mailbox.Reader] = [:]
    }

    private struct State {
        var mailboxes: [Int32: Mailbox] = [:]
        var unsaved: Set<Int32> = []
    }

    /// Accounts saved in one transaction, so that no writer waits long.
    private static let step = 500

    private let state = Mutex(State())

    /// Takes over what the database says; returns the accounts for which there is something new, and of which kinds.
    func update(_ saved: [Int32: Saved]) -> [(uin: Int32, kinds: SyncKinds)] {
        state.withLock { state in
            state.mailboxes = state.mailboxes.filter { saved[$0.key] != nil }
            state.unsaved.formIntersection(saved.keys)
            return saved.compactMap { uin, saved in
                let news = state.mailboxes[uin, default: Mailbox()].update(saved)
                return news.isEmpty ? nil : (uin, news)
            }
        }
    }

    /// Messages have been committed, in this order.
    func append(_ delivered: [LogWriter.Appended]) {
        state.withLock { state in
            for one in delivered { state.mailboxes[one.owner]?.append(one.message) }
        }
    }

    /// These devices are here. One that is new gets what none of the account's others has, and what comes from now on.
    func see(_ devices: some Sequence<Device> & Sendable, now: Int64) {
        state.withLock { state in
            for device in devices where state.mailboxes[device.uin]?.see(device.slot, now: now) == true {
                state.unsaved.insert(device.uin)
            }
        }
    }

    /// Contacts have changed; the newest position of each account that is concerned.
    func advance(contacts: [Int32: Int64]) {
        guard !contacts.isEmpty else { return }
        state.withLock { state in
            for (uin, position) in contacts {
                _ = state.mailboxes[uin]?.update(Saved(contact: position, message: 0, consumed: 0))
            }
        }
    }

    /// Whether the account has other devices than this one.
    func hasDevices(besides device: Device) -> Bool {
        state.withLock { $0.mailboxes[device.uin]?.hasReader(besides: device.slot) ?? false }
    }

    /// A device presents a key: what it covers is consumed.
    ///
    /// - Parameter kinds: what it asks for by that; nil if it only reports.
    /// - Returns: what is left that the key does not cover, among the kinds that the device last asked for.
    @discardableResult
    func consume(_ device: Device, key: SyncPosition, asking kinds: SyncKinds? = nil, now: Int64) -> SyncKinds
    {
        state.withLock { state in
            if state.mailboxes[device.uin]?.consume(key, by: device.slot, asking: kinds, now: now) == true {
                state.unsaved.insert(device.uin)
            }
            return state.mailboxes[device.uin]?.remaining(after: key, for: device.slot) ?? []
        }
    }

    /// The page that a key asks for; nil if it takes the database to tell.
    func page(_ device: Device, from key: SyncPosition, of kinds: SyncKinds) -> Page? {
        state.withLock { $0.mailboxes[device.uin]?.page(from: key, of: kinds, for: device.slot) }
    }

    /// The newest message that the device is known to have stored.
    func consumed(_ device: Device) -> Int64 {
        state.withLock { $0.mailboxes[device.uin]?.reader(device.slot)?.consumed ?? 0 }
    }

    /// Writes what has been consumed since the last time. The devices of one account are written together: none may
    /// seem to have come later than another's progress.
    func save(to database: DurableDatabase) async throws {
        var unsaved = state.withLock { state in
            defer { state.unsaved = [] }
            return state.unsaved.map { (uin: $0, readers: state.mailboxes[$0]?.readers ?? [:]) }[...]
        }
        do {
            while !unsaved.isEmpty {
                let step = unsaved.prefix(Self.step)
                try await database.write { db in
                    for (uin, readers) in step {
                        for (slot, reader) in readers {
                            try Self.write(reader, of: Device(uin: uin, slot: slot), db)
                        }
                    }
                }
                unsaved = unsaved.dropFirst(step.count)
            }
        } catch {
            let left = unsaved.map(\.uin)
            state.withLock { $0.unsaved.formUnion(left) }
            throw error
        }
    }

    /// Forgets devices that have not been seen since. What some device has consumed the account still knows.
    func forgetDevices(unseenSince limit: Int64, in database: DurableDatabase) async throws {
        let forgotten = state.withLock { state in
            state.mailboxes.flatMap { uin, mailbox in
                mailbox.readers.filter { $0.value.seenAt < limit }.keys.map { Device(uin: uin, slot: $0) }
            }
        }
        for device in forgotten {
            try Task.checkCancellation()
            try await database.write { try Self.delete(device, unseenSince: limit, $0) }
            state.withLock { $0.mailboxes[device.uin]?.forget(device.slot, unseenSince: limit) }
        }
    }
}

// The tables behind them.
extension Mailboxes {
    static func load(_ db: Database) throws -> [Int32: Saved] {
        var mailboxes: [Int32: Saved] = [:]
        let positions = try db.rows("SELECT uin, contact, message, consumed FROM positions")
        while let row = try positions.next() {
            mailboxes[row[0]] = Saved(contact: row[1], message: row[2], consumed: row[3])
        }
        let devices = try db.rows("SELECT uin, slot, consumed, seen_at FROM devices")
        while let row = try devices.next() {
            guard let slot = DeviceSlot(rawValue: row[1]) else { continue }
            mailboxes[row[0]]?.readers[slot] = Mailbox.Reader(consumed: row[2], seenAt: row[3])
        }
        return mailboxes
    }

    /// Does nothing if the account was removed a moment ago.
    private static func write(_ reader: Mailbox.Reader, of device: Device, _ db: Database) throws {
        try db.run(
            """
            INSERT INTO devices(uin, slot, consumed, seen_at)
            SELECT uin, ?, ?, ? FROM positions WHERE uin = ?
            ON CONFLICT (uin, slot) DO UPDATE SET
                consumed = max(consumed, excluded.consumed), seen_at = max(seen_at, excluded.seen_at)
            """, device.slot.rawValue, reader.consumed, reader.seenAt, device.uin)
    }

    private static func delete(_ device: Device, unseenSince limit: Int64, _ db: Database) throws {
        try db.run(
            """
            UPDATE positions SET consumed = max(consumed, coalesce(
                (SELECT consumed FROM devices WHERE devices.uin = positions.uin AND slot = ?), 0))
            WHERE uin = ?
            """, device.slot.rawValue, device.uin)
        try db.run(
            "DELETE FROM devices WHERE uin = ? AND slot = ? AND seen_at < ?", device.uin,
            device.slot.rawValue,
            limit)
    }
}
