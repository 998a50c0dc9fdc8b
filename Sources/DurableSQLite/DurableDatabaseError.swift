import GRDB

/// Why a database can't be used.
package enum DurableDatabaseError: Error, CustomStringConvertible {
    /// The file can't be opened or made.
    case cannotOpen(path: String, reason: String)
    /// SQLite refused `synchronous = FULL`.
    case notFlushing(path: String)
    /// The file was written by a later version.
    case fromTheFuture(path: String)
    /// The file was written by an earlier version, and may not be changed.
    case fromThePast(path: String)
    /// There is no room on the disk.
    case diskFull(path: String)
    /// The disk, or the file, must not be written to.
    case readOnly(path: String)
    /// Another process has kept it to itself for too long.
    case locked(path: String)
    /// What is in it makes no sense.
    case damaged(path: String, detail: String)
    /// The disk does not do what it is told.
    case unreliable(path: String, detail: String)

    package var description: String {
        switch self {
        case .cannotOpen(let path, let reason): "cannot open the database \(path): \(reason)"
        case .notFlushing(let path):
            "the database \(path) refuses synchronous=FULL, so nothing in it would be safe"
        case .fromTheFuture(let path): "the database \(path) was written by a later version of Conure"
        case .fromThePast(let path):
            "the database \(path) was written by an earlier version of Conure: start the bot once"
        case .diskFull(let path):
            "the disk is full, \(path) cannot grow: make room and start again, all that was taken on is safe"
        case .readOnly(let path):
            "the disk or the file is read-only, \(path) cannot be written: all that was taken on is safe"
        case .locked(let path):
            "the database \(path) has been locked by another process for more than 10 seconds"
        case .damaged(let path, let detail):
            """
            the database \(path) is damaged (\(detail)): put a backup in its place, or save what can be read with \
            `sqlite3 \(path) .recover`
            """
        case .unreliable(let path, let detail):
            "the disk fails, \(path) cannot be read or written (\(detail)): all that was taken on is safe"
        }
    }

    /// What SQLite says, in the words of who has to do something about it; other errors stay as they are.
    static func explained(_ error: any Error, path: String) -> any Error {
        guard let error = error as? DatabaseError else { return error }
        let detail = error.message ?? "SQLite error \(error.resultCode.rawValue)"
        return switch error.resultCode {
        // Nobody else interrupts a read than whoever does not want it any more.
        case .SQLITE_INTERRUPT: CancellationError()
        case .SQLITE_FULL: Self.diskFull(path: path)
        case .SQLITE_READONLY: Self.readOnly(path: path)
        case .SQLITE_BUSY, .SQLITE_LOCKED: Self.locked(path: path)
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: Self.damaged(path: path, detail: detail)
        case .SQLITE_IOERR: Self.unreliable(path: path, detail: detail)
        case .SQLITE_CANTOPEN: Self.cannotOpen(path: path, reason: detail)
        default: error
        }
    }
}
