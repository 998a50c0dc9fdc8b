import Foundation
import MicroChatServer
import MicroChatWire

/// `conure server` as a process of its own, with accounts in its database from the start.
struct BenchServer {
    static let password = "a password of the benchmark"

    let process: Int32
    let port: Int
    let key: RSAPublicKey
    /// In the order of the names given.
    let accounts: [AccountSummary]

    /// What a process holds in memory, in bytes.
    static func resident(_ process: Int32) throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        let kibibytes = line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return kibibytes << 10
    }

    func resident() throws -> Int { try Self.resident(process) }

    /// Runs a server with so many accounts; every odd one is the friend of the one before it.
    static func with(people: Int, _ body: (BenchServer) async throws -> Void) async throws {
        try await withBenchFolder { folder in
            let accounts = try await addPeople(people, to: ServerFolder(inside: folder))
            let server = Process()
            server.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
                .deletingLastPathComponent().appending(path: "conure")
            server.arguments = [
                "server", "--data", folder, "--long-link-port", "0", "--short-link-port", "0", "--log-level",
                "error",
            ]
            server.standardOutput = FileHandle.nullDevice
            try server.run()
            defer {
                server.terminate()
                server.waitUntilExit()
            }
            let file = folder + "/endpoints.json"
            while !FileManager.default.fileExists(atPath: file), server.isRunning {
                try await Task.sleep(for: .milliseconds(20))
            }
            let endpoints = try JSONDecoder().decode(
                Endpoints.self, from: Data(contentsOf: URL(fileURLWithPath: file)))
            try await body(
                BenchServer(
                    process: server.processIdentifier,
                    port: Int(endpoints.long_link.split(separator: ":").last ?? "") ?? 0,
                    key: RSAPublicKey(pem: String(contentsOfFile: endpoints.login_key, encoding: .utf8)),
                    accounts: accounts))
        }
    }

    private struct Endpoints: Decodable {
        var long_link: String
        var login_key: String
    }

    /// Before the server starts, on its database: a process for each would take longer than all that is measured.
    private static func addPeople(_ count: Int, to folder: ServerFolder) async throws -> [AccountSummary] {
        let accounts = Accounts(database: try folder.openDatabase())
        let added = try await withThrowingTaskGroup(of: [(Int, AccountSummary)].self) { group in
            let tasks = 8
            for task in 0..<tasks {
                group.addTask {
                    var own: [(Int, AccountSummary)] = []
                    for first in stride(from: 2 * task, to: count, by: 2 * tasks) {
                        for (number, friends) in [(first, []), (first + 1, ["p\(first)"])]
                        where number < count {
                            let account = try await accounts.add(
                                name: "p\(number)", password: password, friends: friends)
                            own.append((number, account))
                        }
                    }
                    return own
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        return added.sorted { $0.0 < $1.0 }.map(\.1)
    }
}
