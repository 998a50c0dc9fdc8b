import Foundation
import Synchronization

/// A folder for one test, with everything that its processes keep.
struct TestFolder: Sendable {
    let path: String

    static func / (folder: TestFolder, name: String) -> String { folder.path + "/" + name }

    func write(_ text: String, to path: String) throws {
        try text.write(toFile: path, atomically: false, encoding: .utf8)
    }

    /// Runs a command to its end.
    @discardableResult
    func conure(
        _ arguments: String..., input: String = "", environment: [String: String] = [:]
    ) async throws -> ConureProcess.Ending {
        let process = try ConureProcess(arguments, in: self, input: input, environment: environment)
        return try await process.ending()
    }
}

func withFolder(_ body: (TestFolder) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("conure-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(TestFolder(path: folder.path))
}

/// Runs the program until `body` ends, however that ends.
func withConure(
    _ arguments: [String], in folder: TestFolder, input: String = "",
    _ body: (ConureProcess) async throws -> Void
) async throws {
    let process = try ConureProcess(arguments, in: folder, input: input)
    do {
        try await body(process)
    } catch {
        await process.destroy()
        throw error
    }
    await process.destroy()
}

/// Ports that tests have got: a server that is down between two of its lives keeps its own.
private let givenPorts = Mutex<Set<UInt16>>([])

/// A port that is free now, and that no other test gets. It is none of those that the system gives to outgoing
/// connections: one of these could take it while its server is down, or even connect to itself.
func freePort() throws -> Int {
    for _ in 0..<100 {
        let port = UInt16.random(in: 12_000...31_000)
        guard givenPorts.withLock({ $0.insert(port).inserted }) else { continue }
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if result == 0 { return Int(port) }
    }
    throw ConureProcess.Failure(description: "no free port found")
}
