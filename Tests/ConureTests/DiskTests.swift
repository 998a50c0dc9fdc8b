import Foundation
import Glibc
import Testing

/// A file system of a few megabytes, where the machine lets us have one.
private struct SmallDisk {
    let path: String
    private var filler: String { path + "/filler" }

    /// Whether there can be one: that takes a right that not everybody has.
    static let isPossible: Bool = {
        let path = NSTemporaryDirectory() + "conure-disk-\(UUID().uuidString)"
        guard (try? SmallDisk(at: path)) != nil else { return false }
        umount(path)
        rmdir(path)
        return true
    }()

    init(at path: String) throws {
        self.path = path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try mount(0)
    }

    private func mount(_ flags: Int) throws {
        guard Glibc.mount("tmpfs", path, "tmpfs", UInt(flags), "size=8m") == 0 else {
            throw ConureProcess.Failure(description: String(cString: strerror(errno)))
        }
    }

    func fill() {
        let file = open(filler, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        for size in [65_536, 4096, 512] {
            let bytes = [UInt8](repeating: 0, count: size)
            while write(file, bytes, size) > 0 {}
        }
        close(file)
    }

    func makeRoom() { unlink(filler) }
    func makeReadOnly() throws { try mount(Int(MS_REMOUNT) | Int(MS_RDONLY)) }
    func makeWritable() throws { try mount(Int(MS_REMOUNT)) }
    func remove() { umount2(path, Int32(MNT_DETACH)) }
}

@Suite(.serialized, .timeLimit(.minutes(5)))
struct `A disk` {
    private static let count = 60

    /// Runs a server, with rules for a bot on it and somebody who writes to it.
    private func withAnn(at site: Site, _ body: @escaping @Sendable (Person) async throws -> Void)
        async throws
    {
        let server = try await site.startServer()
        do {
            try site.writeRules()
            try await withPeople(["ann"], at: site) { people in try await body(try #require(people.first)) }
        } catch {
            await server.destroy()
            throw error
        }
        await server.destroy()
    }

    /// Has a bot lose its disk in the midst of things, and get it back.
    private func losing(
        _ lose: @escaping @Sendable (SmallDisk) throws -> Void, says complaint: String,
        regaining: @escaping @Sendable (SmallDisk) throws -> Void
    ) async throws {
        try await withFolder { folder in
            let site = try await Site(in: folder, people: ["ann"])
            let disk = try SmallDisk(at: site.botData)
            defer { disk.remove() }
            try await withAnn(at: site) { ann in
                let bot = try await site.startBot()
                try await ann.send("0", to: site.bot)
                _ = try await ann.texts(until: "re: 0")
                try lose(disk)
                for number in 1...Self.count { try await ann.send("\(number)", to: site.bot) }
                let end = try await bot.ending(within: .seconds(40))
                #expect(end.code == 1)
                #expect(end.errors.contains(complaint), "\(end.errors)")
                #expect(end.errors.contains("conure.sqlite"))
                // Without a disk it does not start, and says why.
                let again = try await folder.conure("run", "--rules", site.rules, "--data", site.botData)
                #expect(again.code == 1)
                #expect(again.errors.contains(complaint), "\(again.errors)")

                try regaining(disk)
                let next = try await site.startBot()
                let heard = try await ann.texts(until: "re: \(Self.count)")
                #expect(heard == (1...Self.count).map { "re: \($0)" })
                await next.destroy()
            }
        }
    }

    @Test(.enabled(if: SmallDisk.isPossible, "needs the right to mount a file system"))
    func `that is full stops the bot, and with room again nothing is lost or said twice`() async throws {
        try await losing({ $0.fill() }, says: "the disk is full", regaining: { $0.makeRoom() })
    }

    @Test(.enabled(if: SmallDisk.isPossible, "needs the right to mount a file system"))
    func `that may not be written to keeps the bot from starting, and nothing is lost`() async throws {
        try await withFolder { folder in
            let site = try await Site(in: folder, people: ["ann"])
            let disk = try SmallDisk(at: site.botData)
            defer { disk.remove() }
            try await withAnn(at: site) { ann in
                let bot = try await site.startBot()
                try await ann.send("1", to: site.bot)
                _ = try await ann.texts(until: "re: 1")
                await bot.destroy()
                try disk.makeReadOnly()
                try await ann.send("2", to: site.bot)
                let again = try await folder.conure("run", "--rules", site.rules, "--data", site.botData)
                #expect(again.code == 1)
                #expect(again.errors.lowercased().contains("read-only"), "\(again.errors)")
                try disk.makeWritable()
                let next = try await site.startBot()
                #expect(try await ann.texts(until: "re: 2") == ["re: 2"])
                await next.destroy()
            }
        }
    }

    /// Another program keeps the database to itself, for longer than anybody should.
    @Test func `on which another program keeps the database locked stops the bot, and nothing is lost`()
        async throws
    {
        try await withFolder { folder in
            let site = try await Site(in: folder, people: ["ann"])
            try await withAnn(at: site) { ann in
                let bot = try await site.startBot()
                try await ann.send("0", to: site.bot)
                _ = try await ann.texts(until: "re: 0")
                let script = """
                    import sqlite3, time
                    c = sqlite3.connect("\(site.botData)/conure.sqlite", isolation_level=None)
                    c.execute("BEGIN IMMEDIATE")
                    print("locked", flush=True)
                    time.sleep(600)
                    """
                let locker = try ConureProcess(["-c", script], in: folder, tool: "/usr/bin/python3")
                while !locker.output.contains("locked") { try await Task.sleep(for: .milliseconds(20)) }
                try await ann.send("1", to: site.bot)
                let end = try await bot.ending(within: .seconds(60))
                #expect(end.code == 1)
                #expect(end.errors.contains("has been locked by another process"), "\(end.errors)")
                await locker.destroy()
                let next = try await site.startBot()
                #expect(try await ann.texts(until: "re: 1") == ["re: 1"])
                await next.destroy()
            }
        }
    }

    @Test func `whose database is damaged is named, and what to do about it`() async throws {
        try await withFolder { folder in
            try folder.write("version: 1\nrules: []\n", to: folder / "rules.yaml")
            let data = folder / "data"
            let up = try await ConureProcess.ready(
                ["up", "--rules", folder / "rules.yaml", "--long-link-port", "0", "--short-link-port", "0"],
                in: folder, data: data)
            await up.destroy()
            let path = data + "/conure.sqlite"
            for suffix in ["-wal", "-shm"] { unlink(path + suffix) }
            let file = try #require(FileHandle(forUpdatingAtPath: path))
            try file.write(contentsOf: [UInt8](repeating: 0x5A, count: 64 * 1024))
            try file.close()
            let ended = try await folder.conure(
                "up", "--rules", folder / "rules.yaml", "--data", data, "--long-link-port", "0",
                "--short-link-port", "0")
            #expect(ended.code == 1)
            #expect(ended.errors.contains("conure.sqlite is damaged"), "\(ended.errors)")
            #expect(ended.errors.contains("backup"))
        }
    }
}
