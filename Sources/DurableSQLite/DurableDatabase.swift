import CSystemLibraries.SQLite
package import GRDB
import Glibc
import Synchronization

/// A SQLite database whose commits survive a power cut, and whose writers share the cost of that.
///
/// One writer runs whatever is waiting in one transaction (group commit): under load the disk's flush is shared by
/// all who wait, and when idle a single write commits at once. Readers never block it.
package final class DurableDatabase: Sendable {
    /// Opens the file, creating it with mode 0600, and brings its schema up to date.
    ///
    /// - Throws: `DurableDatabaseError` if the database would not flush at each commit, GRDB's `DatabaseError` if it
    ///   can't be opened or migrated.
    package init(path: String, migrations: [Migration]) throws {
        self.path = path
        do {
            pool = try Self.open(path, migrations)
        } catch {
            throw DurableDatabaseError.explained(error, path: path)
        }
    }

    /// SQLite counts the memory that it has, for nobody, and locks all databases of the process out for it at each
    /// allocation. It can be told not to only before the first database is open.
    private static let countNoMemory: Void = { _ = conure_sqlite3_count_memory(0) }()

    private static func open(_ path: String, _ migrations: [Migration]) throws -> DatabasePool {
        countNoMemory
        try createPrivateFile(at: path)
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        configuration.maximumReaderCount = 4
        let pool = try DatabasePool(path: path, configuration: configuration)
        // DatabasePool sets NORMAL by itself when it turns WAL on, which loses the last commits in a power cut.
        let synchronous = try pool.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA synchronous = FULL")
            // What is written is soon read again, and each checkpoint writes it a second time: 16 MB for each.
            try db.execute(sql: "PRAGMA cache_size = -16384; PRAGMA wal_autocheckpoint = 4096")
            return try Int.fetchOne(db, sql: "PRAGMA synchronous")
        }
        guard synchronous == 2 else { throw DurableDatabaseError.notFlushing(path: path) }
        try migrate(pool, through: migrations, path: path)
        return pool
    }

    private let path: String
    private let pool: DatabasePool
    private let queue = Mutex(Queue())

    private struct Queue {
        var waiting: [Job] = []
        var isDraining = false
    }

    /// A write that waits for its group. `perform` gives what to do once the group is on disk.
    private struct Job: Sendable {
        let perform: @Sendable (Database) throws -> @Sendable () -> Void
        let fail: @Sendable (any Error) -> Void
    }

    /// Runs `work` in a transaction that it may share with others, and returns once that is on disk.
    ///
    /// If anything in the group fails, all of it is rolled back and each member is run again alone, so `work` must not
    /// have effects outside the database.
    package func write<Value: Sendable>(
        _ work: @escaping @Sendable (Database) throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            write(work) { continuation.resume(with: $0) }
        }
    }

    /// The same for callers that live on callbacks: what one thread submits runs in the order submitted.
    ///
    /// - Parameter complete: called on the writer's thread, with everyone behind it waiting.
    package func write<Value: Sendable>(
        _ work: @escaping @Sendable (Database) throws -> Value,
        then complete: @escaping @Sendable (Result<Value, any Error>) -> Void
    ) {
        let job = Job(
            perform: { db in
                let value = try work(db)
                return { complete(.success(value)) }
            },
            fail: { complete(.failure($0)) })
        let mustDrain = queue.withLock { queue in
            queue.waiting.append(job)
            defer { queue.isDraining = true }
            return !queue.isDraining
        }
        if mustDrain { pool.asyncWriteWithoutTransaction { [self] in drain(into: $0) } }
    }

    /// Runs `work` on a consistent snapshot, beside the writer.
    package func read<Value: Sendable>(
        _ work: @escaping @Sendable (Database) throws -> Value
    ) async throws -> Value {
        do {
            return try await pool.read(work)
        } catch {
            throw DurableDatabaseError.explained(error, path: path)
        }
    }

    /// The same for callers that live on callbacks.
    ///
    /// - Parameter complete: called on the reader's thread.
    package func read<Value: Sendable>(
        _ work: @escaping @Sendable (Database) throws -> Value,
        then complete: @escaping @Sendable (Result<Value, any Error>) -> Void
    ) {
        pool.asyncRead { [path] db in
            complete(
                Result { try work(db.get()) }.mapError { DurableDatabaseError.explained($0, path: path) })
        }
    }

    /// A number that differs from the last answer if, and only if, another process has committed in between.
    package func outsideVersion() async throws -> Int64 {
        try await write { try $0.value("PRAGMA data_version") ?? 0 }
    }

    /// Writes in one transaction at most: enough to make the flush cheap, few enough that nobody waits long.
    private static let largestGroup = 512

    private func drain(into db: Database) {
        while let group = nextGroup() { commit(group, into: db) }
    }

    private func nextGroup() -> [Job]? {
        queue.withLock { queue in
            if queue.waiting.isEmpty {
                queue.isDraining = false
                return nil
            }
            let group = Array(queue.waiting.prefix(Self.largestGroup))
            queue.waiting.removeFirst(group.count)
            return group
        }
    }

    private func commit(_ group: [Job], into db: Database) {
        do {
            try db.beginTransaction(.immediate)
            let completions = try group.map { try $0.perform(db) }
            try db.commit()
            for complete in completions { complete() }
        } catch {
            if db.isInsideTransaction { try? db.rollback() }
            if group.count == 1 {
                group[0].fail(DurableDatabaseError.explained(error, path: path))
            } else {
                for job in group { commit([job], into: db) }
            }
        }
    }

    private static func createPrivateFile(at path: String) throws {
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw DurableDatabaseError.cannotOpen(path: path, reason: String(cString: strerror(errno)))
        }
        close(descriptor)
    }
}
