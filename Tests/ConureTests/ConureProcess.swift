import Foundation
import Testing

/// A real process of the program, which can be killed like one.
final class ConureProcess {
    private let process = Process()
    private let log: URL

    /// Starts `conure` with these arguments. What it prints is kept in a file.
    init(_ arguments: [String], in folder: TestFolder) throws {
        log = folder.url.appending(path: "log-\(UUID().uuidString).txt")
        try Data().write(to: log)
        let output = try FileHandle(forWritingTo: log)
        process.executableURL = try Self.binary
        process.arguments = arguments
        process.currentDirectoryURL = folder.url
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        try process.run()
    }

    deinit { kill() }

    /// The program beside the tests.
    static var binary: URL {
        get throws {
            let tests = URL(fileURLWithPath: ProcessInfo.processInfo.arguments[0]).deletingLastPathComponent()
            let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .appending(path: "../../.build/debug").standardized
            let found = [tests, folder].map { $0.appending(path: "conure") }
                .first { FileManager.default.isExecutableFile(atPath: $0.path) }
            return try #require(
                found, "the program is not built: run swift build --product conure, or scripts/test")
        }
    }

    var id: Int32 { process.processIdentifier }
    var isRunning: Bool { process.isRunning }
    var output: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }

    /// SIGKILL, at whatever instant.
    func kill() {
        guard process.isRunning else { return }
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// Sends a signal and returns the exit code, negative for the signal that ended it.
    func end(with signal: Int32 = SIGTERM) -> Int32 {
        Foundation.kill(process.processIdentifier, signal)
        return exitCode()
    }

    /// Waits for the end.
    func exitCode() -> Int32 {
        process.waitUntilExit()
        return process.terminationReason == .uncaughtSignal
            ? -process.terminationStatus : process.terminationStatus
    }
}

/// Runs a command to its end.
@discardableResult
func conure(_ arguments: String..., input: String? = nil, in folder: TestFolder) throws -> (
    code: Int32, output: String
) {
    let process = Process()
    process.executableURL = try ConureProcess.binary
    process.arguments = arguments
    process.currentDirectoryURL = folder.url
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    let typed = Pipe()
    process.standardInput = typed
    try process.run()
    if let input { try typed.fileHandleForWriting.write(contentsOf: Data(input.utf8)) }
    try typed.fileHandleForWriting.close()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, text)
}
