import DurableSQLite
import Foundation
import GRDB
import Testing

struct GroupCommitTests {
    private struct Refused: Error {}

    @Test func `a write that fails takes nobody with it`() async throws {
        let path = FileManager.default.temporaryDirectory.appending(
            path: "conure-\(UUID().uuidString).sqlite"
        ).path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let database = try DurableDatabase(
            path: path, migrations: [Migration("1", "CREATE TABLE t (n INTEGER PRIMARY KEY)")])
        await withTaskGroup { group in
            for number in 1...200 {
                group.addTask {
                    try? await database.write { db in
                        try db.run("INSERT INTO t (n) VALUES (?)", number)
                        if number % 10 == 0 { throw Refused() }
                    }
                }
            }
        }
        let count: Int? = try await database.read { try $0.value("SELECT count(*) FROM t") }
        #expect(count == 180)
    }

    @Test func `commits reach the disk, and the file is its owner's alone`() async throws {
        let path = FileManager.default.temporaryDirectory.appending(
            path: "conure-\(UUID().uuidString).sqlite"
        ).path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let database = try DurableDatabase(path: path, migrations: [])
        let synchronous: Int? = try await database.write { try $0.value("PRAGMA synchronous") }
        #expect(synchronous == 2)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    @Test func `a file of a later version is refused`() throws {
        let path = FileManager.default.temporaryDirectory.appending(
            path: "conure-\(UUID().uuidString).sqlite"
        ).path
        defer { try? FileManager.default.removeItem(atPath: path) }
        _ = try DurableDatabase(path: path, migrations: [Migration("1", ""), Migration("2", "")])
        #expect(throws: DurableDatabaseError.self) {
            try DurableDatabase(path: path, migrations: [Migration("1", "")])
        }
    }

    @Test func `the outside version moves when somebody else commits, not when we do`() async throws {
        let path = FileManager.default.temporaryDirectory.appending(
            path: "conure-\(UUID().uuidString).sqlite"
        ).path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let schema = [Migration("1", "CREATE TABLE t (n INTEGER PRIMARY KEY)")]
        let ours = try DurableDatabase(path: path, migrations: schema)
        let theirs = try DurableDatabase(path: path, migrations: schema)
        let before = try await ours.outsideVersion()
        try await ours.write { try $0.run("INSERT INTO t (n) VALUES (1)") }
        #expect(try await ours.outsideVersion() == before)
        try await theirs.write { try $0.run("INSERT INTO t (n) VALUES (2)") }
        #expect(try await ours.outsideVersion() != before)
    }
}
