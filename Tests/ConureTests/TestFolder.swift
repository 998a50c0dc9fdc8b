import Foundation
import Testing

/// A folder of a test's own, gone with it.
final class TestFolder {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "conure-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appending(path: name).path }

    func write(_ text: String, to name: String) throws {
        try text.write(toFile: path(name), atomically: true, encoding: .utf8)
    }

    func json(_ name: String) throws -> [String: Any] {
        let data = try Data(contentsOf: url.appending(path: name))
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    /// Returns once a process has said in `data` that it is ready; it must be this one, not one before it.
    func ready(_ process: ConureProcess, data: String) async throws {
        while true {
            if let said = try? json(data + "/endpoints.json"), said["pid"] as? Int == Int(process.id) {
                return
            }
            try #require(process.isRunning, "it ended before it was ready: \(process.output)")
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}
