import DurableSQLite
import GRDB
import MicroChatWire
import Synchronization

/// How far each account's records go and how far it has them, in memory.
///
/// What is consumed reaches the disk a little later, many accounts at once. A crash in between costs nothing but that
/// a client may be offered what it already has, which clients recognise.
final class Positions: Sendable {
    /// One account's.
    struct Position: Equatable, Sendable {
        var contact: Int64 = 0
        var message: Int64 = 0
        var consumed: Int64 = 0
    }

    private struct State {
        var positions: [Int32: Position] = [:]
        var unsaved: Set<Int32> = []
    }

    private let state = Mutex(State())

    subscript(uin: Int32) -> Position { state.withLock { $0.positions[uin] ?? Position() } }

    /// Takes over what the database says; returns the accounts for which there is something new.
    func update(_ fresh: [Int32: Position]) -> [Int32] {
        state.withLock { state in
            var grown: [Int32] = []
            state.positions = state.positions.filter { fresh[$0.key] != nil }
            state.unsaved.formIntersection(fresh.keys)
            for (uin, position) in fresh {
                var known = state.positions[uin] ?? Position()
                if position.contact > known.contact || position.message > known.message { grown.append(uin) }
                known.contact = max(known.contact, position.contact)
                known.message = max(known.message, position.message)
                known.consumed = max(known.consumed, position.consumed)
                state.positions[uin] = known
            }
            return grown
        }
    }

    /// A message has been committed.
    func advance(_ uin: Int32, message: Int64) {
        state.withLock { state in
            guard let known = state.positions[uin]?.message, message > known else { return }
            state.positions[uin]?.message = message
        }
    }

    /// The account has its messages up to here (MicroChat wire protocol, section 12). A key from the future counts as
    /// the newest.
    ///
    /// - Returns: whether anything is left that the key does not cover.
    @discardableResult
    func consume(_ uin: Int32, key: SyncPosition) -> Bool {
        state.withLock { state in
            guard var position = state.positions[uin] else { return false }
            let upTo = min(key.message, position.message)
            if upTo > position.consumed {
                position.consumed = upTo
                state.positions[uin] = position
                state.unsaved.insert(uin)
            }
            return key.contact < position.contact || max(key.message, position.consumed) < position.message
        }
    }

    /// Writes what has been consumed since the last time.
    func save(to database: DurableDatabase) async throws {
        let unsaved = state.withLock { state in
            defer { state.unsaved = [] }
            return state.unsaved.map { ($0, state.positions[$0]?.consumed ?? 0) }
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

    static func load(_ db: Database) throws -> [Int32: Position] {
        var positions: [Int32: Position] = [:]
        let rows = try db.rows("SELECT uin, contact, message, consumed FROM positions")
        while let row = try rows.next() {
            positions[row[0]] = Position(contact: row[1], message: row[2], consumed: row[3])
        }
        return positions
    }
}
