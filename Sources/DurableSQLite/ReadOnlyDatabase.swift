package import GRDB
import Glibc

/// A database that is looked at without a byte of it being changed, whether somebody has it open or not.
package enum ReadOnlyDatabase {
    /// Runs `work` on a consistent snapshot.
    ///
    /// - Parameter work: is run again if somebody began to write to a file that nobody had open.
    /// - Throws: `DurableDatabaseError` if the schema is another version's, and what `work` throws.
    package static func read<Value>(
        path: String, migrations: [Migration], _ work: (Database) throws -> Value
    ) throws -> Value {
        // Without a log beside it nobody has the file open. Then it is read as one that cannot change: otherwise SQLite
        // would leave new files beside it.
        if access(path + "-wal", F_OK) != 0, let before = FileState(path),
            let queue = try? queue(path: uri(path))
        {
            let result = Result { try read(queue, path, migrations, work) }
            if FileState(path) == before { return try result.get() }
        }
        return try read(queue(path: path), path, migrations, work)
    }

    private static func read<Value>(
        _ queue: DatabaseQueue, _ path: String, _ migrations: [Migration], _ work: (Database) throws -> Value
    ) throws -> Value {
        try queue.read { db in
            let migrator = DurableDatabase.migrator(through: migrations)
            if try migrator.hasBeenSuperseded(db) { throw DurableDatabaseError.fromTheFuture(path: path) }
            guard try migrator.hasCompletedMigrations(db) else {
                throw DurableDatabaseError.fromThePast(path: path)
            }
            return try work(db)
        }
    }

    private static func queue(path: String) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(10)
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA cache_size = -16384") }
        return try DatabaseQueue(path: path, configuration: configuration)
    }

    /// The file as one that nobody changes. A SQLite that knows no URIs finds no such file.
    private static func uri(_ path: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var uri = Array("file:".utf8)
        for byte in path.utf8 {
            if byte > 0x20, byte < 0x7F, !"%?#".utf8.contains(byte) {
                uri.append(byte)
            } else {
                uri += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: uri, as: UTF8.self) + "?immutable=1"
    }
}

/// What tells whether a file has been written to.
private struct FileState: Equatable {
    let inode: UInt
    let size: Int
    let seconds: Int
    let nanoseconds: Int

    init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        inode = UInt(status.st_ino)
        size = Int(status.st_size)
        (seconds, nanoseconds) = (status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
    }
}
