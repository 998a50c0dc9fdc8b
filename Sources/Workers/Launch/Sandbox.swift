import CSystemCalls.Sandbox
import Foundation
import Glibc

/// The limits of a worker, put on the present process: for good, and for whatever it becomes.
struct Sandbox {
    private let rights: WorkerRights
    private let executable: String

    /// Files that nobody can do without.
    private static let system = [
        "/usr", "/lib", "/lib64", "/bin", "/sbin", "/etc", "/opt", "/proc", "/sys", "/dev", "/run", "/nix",
    ]
    private static let devices = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"]
    private static let leastSpace: UInt64 = 4 << 30
    private static let longestFile: UInt64 = 64 << 20
    private static let mostOpenFiles: UInt64 = 1024
    /// Of one user: more than that and its own of the same user count too, so this is only a last stop.
    private static let mostProcesses: UInt64 = 4096

    init(_ rights: WorkerRights, executable: String) {
        self.rights = rights
        self.executable = executable
    }

    /// - Returns: what of it the kernel enforces.
    func enforce() -> Isolation {
        _ = conure_die_with_parent(SIGKILL)
        // What may be written to in memory: an address space is reserved by far more than is ever used.
        _ = conure_limit(Int32(RLIMIT_DATA.rawValue), UInt64(max(0, rights.memory)))
        // Memory that is shared does not count there; address space is, and far more of it is reserved than used.
        _ = conure_limit(Int32(RLIMIT_AS.rawValue), max(Self.leastSpace, UInt64(max(0, rights.memory)) * 8))
        _ = conure_limit(Int32(RLIMIT_FSIZE.rawValue), Self.longestFile)
        _ = conure_limit(Int32(RLIMIT_CORE.rawValue), 0)
        _ = conure_limit(Int32(RLIMIT_NOFILE.rawValue), Self.mostOpenFiles)
        _ = conure_limit_processes(Self.mostProcesses)
        guard conure_gain_no_rights() == 0 else { return Isolation(files: false, calls: false) }
        let files = enforceFiles()
        let calls = conure_refuse_calls(rights.network ? 0 : 1, rights.processes ? 0 : 1) == 0
        return Isolation(files: files, calls: calls)
    }

    private func enforceFiles() -> Bool {
        let rules = conure_landlock_begin()
        guard rules >= 0 else { return false }
        defer { close(rules) }
        for path in readable { allow(path, writes: false, rules) }
        let written = rights.writes.flatMap { allBut(rights.hidden, below: $0) }
        for path in written + (rights.folder.isEmpty ? [] : [rights.folder]) + Self.devices {
            allow(path, writes: true, rules)
        }
        return conure_landlock_enforce(rules) == 0
    }

    private func allow(_ path: String, writes: Bool, _ rules: Int32) {
        var isFolder: ObjCBool = false
        // What is not there cannot be allowed, and cannot be read.
        guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { return }
        _ = unsafe conure_landlock_allow(rules, path, writes ? 1 : 0, isFolder.boolValue ? 1 : 0)
    }

    private var readable: [String] {
        if rights.reads.isEmpty { return allBut(rights.hidden, below: "/") }
        let own = URL(fileURLWithPath: executable).resolvingSymlinksInPath().deletingLastPathComponent().path
        return (Self.system + [own] + libraries + rights.reads).flatMap { allBut(rights.hidden, below: $0) }
    }

    private static func isLink(_ path: String) -> Bool {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) != nil
    }

    /// Where this process has its own libraries from: a worker in the same language needs the same.
    private var libraries: [String] {
        guard let maps = try? String(contentsOfFile: "/proc/self/maps", encoding: .utf8) else { return [] }
        let paths = maps.split(separator: "\n").compactMap { line in
            line.firstIndex(of: "/").map { line[$0...] }
        }
        return Set(
            paths.filter { $0.contains(".so") }.map {
                URL(fileURLWithPath: String($0)).deletingLastPathComponent().path
            }
        )
        .sorted()
    }

    /// A folder, or all that is in it but what is hidden: what stands beside that, and beside each folder that it is in.
    private func allBut(_ hidden: String, below path: String) -> [String] {
        let root = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        let hidden = hidden.isEmpty ? "" : URL(fileURLWithPath: hidden).resolvingSymlinksInPath().path
        if hidden == root { return [] }
        let prefix = root == "/" ? root : root + "/"
        guard hidden.hasPrefix(prefix) else { return [root] }
        var paths: [String] = []
        var folder = root
        for step in hidden.dropFirst(prefix.count).split(separator: "/").map(String.init) {
            let start = folder == "/" ? "/" : folder + "/"
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            // What a link leads to is allowed where it is, if it is; what is hidden, no link makes visible.
            paths += names.filter { $0 != step }.map { start + $0 }.filter { !Self.isLink($0) }
            folder = start + step
        }
        return paths
    }
}
