import Foundation
import Testing

/// What went over the loopback interface, captured by Wireshark's own tool.
struct NetworkCapture {
    private let process: ConureProcess

    private static let tool = "/usr/bin/dumpcap"
    static let tshark = "/usr/bin/tshark"

    /// Starts to capture, and waits until it does. Cancels the test if the system does not permit it.
    static func begin(in folder: TestFolder, filter: String) async throws -> NetworkCapture {
        for tool in [tool, tshark] where !FileManager.default.isExecutableFile(atPath: tool) {
            throw ConureProcess.Failure(
                description: "\(tool) is missing: install the Debian package tshark, as scripts/test does")
        }
        // To its standard output it writes each packet at once; a file it would fill when it likes.
        let process = try ConureProcess(
            // A process that tests start has signals blocked.
            ["--default-signal=INT", tool, "-q", "-P", "-i", "lo", "-f", filter, "-w", "-"], in: folder,
            tool: "/usr/bin/env")
        // It names its file once the interface is open.
        while !process.errors.contains("File: ") {
            guard process.isAlive else {
                let reason = process.errors
                if ["permission", "not permitted", "no interface"].contains(where: {
                    reason.lowercased().contains($0)
                }) {
                    try Test.cancel("capturing needs a permission that this user lacks: \(reason)")
                }
                throw ConureProcess.Failure(description: "dumpcap ended: \(reason)")
            }
            do {
                try await Task.sleep(for: .milliseconds(5))
            } catch {
                await process.destroy()
                throw error
            }
        }
        return NetworkCapture(process: process)
    }

    /// The file that holds it.
    var path: String { process.outputPath }

    /// Waits until some bytes are in the capture, and ends it.
    ///
    /// - Parameter poke: sends something, since the tool notices that it is to end only when a packet comes.
    func end(after bytes: [UInt8], poke: () async throws -> Void) async throws {
        let bytes = Data(bytes)
        while (FileManager.default.contents(atPath: path) ?? Data()).firstRange(of: bytes) == nil {
            try await Task.sleep(for: .milliseconds(20))
        }
        process.signal(SIGINT)
        while process.isAlive {
            try await poke()
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Ends it, whatever is in it.
    func destroy() async { await process.destroy() }
}
