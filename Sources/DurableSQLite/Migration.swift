import GRDB

/// One step in the life of a schema. Lists of them only ever grow at the end.
package struct Migration: Sendable {
    /// Unique, and never changed once released.
    package var name: String
    /// What the step does.
    package var sql: String

    package init(_ name: String, _ sql: String) {
        self.name = name
        self.sql = sql
    }
}

extension DurableDatabase {
    static func migrate(_ pool: DatabasePool, through migrations: [Migration], path: String) throws {
        let migrator = migrator(through: migrations)
        guard try !pool.read(migrator.hasBeenSuperseded) else {
            throw DurableDatabaseError.fromTheFuture(path: path)
        }
        try migrator.migrate(pool)
    }

    static func migrator(through migrations: [Migration]) -> DatabaseMigrator {
        var migrator = DatabaseMigrator()
        for migration in migrations {
            migrator.registerMigration(migration.name) { try $0.execute(sql: migration.sql) }
        }
        return migrator
    }
}
